"""The benchmark suite, and the maker of stores of any size that it and the tests use. No part of the product."""
