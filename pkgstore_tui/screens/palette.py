"""The command palette, made from the commands: what is not possible now is not in it."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from pkgstore_tui.commands import COMMANDS, MOVE, Command
from pkgstore_tui.screens.keys_here import keys_here
from pkgstore_tui.screens.view import ViewScreen


class CommandProvider(Provider):
    """Every command of the view by name."""

    def _possible(self) -> Iterator[Command]:
        screen = self.screen
        scopes = {"app", *screen.SCOPES, screen.VIEW} if isinstance(screen, ViewScreen) else {"app"}
        for command in COMMANDS:
            owner = self.app if command.scope == "app" else screen
            name = command.name.removeprefix("app.")
            by_key_only = not command.in_palette or (command.group == MOVE and command.scope != "app")
            if command.scope in scopes and not by_key_only and owner.check_action(name, ()):
                yield command

    def _run(self, command: Command) -> Callable[[], Awaitable[object]]:
        owner = self.app if command.scope == "app" else self.screen
        return partial(owner.run_action, command.action)

    async def discover(self) -> Hits:
        """All of them."""
        keys = keys_here(self.screen)
        for command in self._possible():
            yield DiscoveryHit(command.label, self._run(command), help=_help(command, keys))

    async def search(self, query: str) -> Hits:
        """Those whose name or help has the query's letters."""
        matcher, keys = self.matcher(query), keys_here(self.screen)
        for command in self._possible():
            score = max(matcher.match(command.label), 0.8 * matcher.match(command.help))
            if score > 0:
                yield Hit(score, matcher.highlight(command.label), self._run(command), help=_help(command, keys))


def _help(command: Command, keys: Mapping[str, Sequence[str]]) -> str:
    """What a command does, and the keys it has here."""
    own = keys.get(command.id, ())
    return f"{command.help}  ({' '.join(own)})" if own else command.help
