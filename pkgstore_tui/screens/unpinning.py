"""Take a pin away: after a question, off the loop, with the journal, and said. For dialogs that show pins."""

from typing import ClassVar

from textual import work
from textual.binding import BindingType

from pkgstore.errors import StoreError
from pkgstore.journal import Actor
from pkgstore.keys import PINS
from pkgstore.model import Pin
from pkgstore.operations.pinning import Pinning, end_pins
from pkgstore_tui.command_lines import line
from pkgstore_tui.commands import bindings
from pkgstore_tui.format import counted
from pkgstore_tui.messages import SnapshotChanged
from pkgstore_tui.screens.dialog import DialogScreen, Result
from pkgstore_tui.screens.question import Question
from pkgstore_tui.session import Logged, Session


class PinsDialog(DialogScreen[Result]):
    """A dialog with pins in it."""

    MORE_SCOPES: ClassVar[tuple[str, ...]] = ("unpin",)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("unpin")]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    def on_mount(self) -> None:
        """Listen: another process may pin and unpin, too."""
        self.session.subscribe(self.post_message)

    def on_unmount(self) -> None:
        """Listen no more."""
        self.session.unsubscribe(self.post_message)

    def on_snapshot_changed(self, message: SnapshotChanged) -> None:
        """Show the pins as they are now, where they may have changed."""
        if message.keys is None or PINS in message.keys:
            self.show_pins()

    def show_pins(self) -> None:
        """Show the pins as they are now."""

    @property
    def present_pin(self) -> Pin | None:
        """The pin that `x` takes away; None where there is none."""
        return None

    def say_done(self, done: Pinning, what: str, command: str) -> None:
        """Say what was done; it is read again at once, whether the store is watched or not."""
        self.session.log.append(Logged(self.session.clock(), command, result=what))
        self.session.reread((PINS,))
        self.app.notify(what, markup=False)
        if done.unnoted is not None:
            self.app.notify(f"the journal does not tell of it: {done.unnoted}", severity="warning", markup=False)

    def say_failed(self, error: StoreError) -> None:
        """Say why nothing was done."""
        self.app.notify(str(error), title="nothing changed", severity="error", markup=False)

    def action_unpin(self) -> None:
        """Ask, then take the pin away."""
        pin = self.present_pin
        if pin is None:
            return
        kept = counted(len(pin.manifest), "config")
        text = f"{pin.what}: {kept}, kept for “{pin.reason}” by {pin.by or 'somebody'}.\n\n"
        text += "An eviction may then take what nobody else needs; nothing is deleted now."

        def answered(yes: bool | None) -> None:
            if yes and self.session.unlocked:
                self._unpin(pin)
            else:
                self.app.notify("nothing changed", markup=False)

        self.app.push_screen(Question(f"Take pin {pin.id} away?", text, yes="Unpin", no="Cancel"), answered)

    @work(thread=True, group="unpin", exit_on_error=False)
    def _unpin(self, pin: Pin) -> None:
        command = line("pin", pin.id, store=self.session.place.root) + " --remove --yes"
        try:
            done = end_pins(self.session.layout, {pin.id}, Actor.present(command))
        except StoreError as error:
            self.app.call_from_thread(self.say_failed, error)
            return
        what = f"unpinned {pin.what}" if done.pins else f"pin {pin.id} was gone already"
        self.app.call_from_thread(self.say_done, done, what, command)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A pin is taken away only where there is one, and the store is unlocked."""
        del parameters
        return action != "unpin" or (self.session.unlocked and self.present_pin is not None)
