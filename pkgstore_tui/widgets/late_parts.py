"""Parts of widgets (Textual's component classes) whose styles are worked out when they are first drawn."""

from typing import TYPE_CHECKING

from textual.css.styles import RenderStyles
from textual.dom import DOMNode

if TYPE_CHECKING:
    from textual.widget import Widget as _Base
else:
    _Base = object  # no node itself: Textual takes the style sheets of the first base that is one


class LateParts(_Base):
    """A widget with many parts, of which few are ever drawn: stands before the class that it adds to.

    Textual works out the styles of all parts of all widgets each time that a view is shown, which is most of what
    showing one takes. Here those that were drawn once are.
    """

    _parts: frozenset[str] = frozenset()

    if not TYPE_CHECKING:  # there it is a method of classes

        def _get_component_classes(self) -> frozenset[str]:
            """The parts that Textual keeps up to date: those that were drawn."""
            return self._parts

    def get_component_styles(self, *names: str) -> RenderStyles:
        """As Textual's; works out what was never asked for."""
        for name in names:
            if name not in self._component_styles:
                self._parts |= {name}
                part = DOMNode(classes=name)
                part._attach(self)
                self.app.stylesheet.apply(part, animate=False)
                self._component_styles[name] = part.styles
        return super().get_component_styles(*names)
