"""The application: its views, its colours, and what belongs to no view. Short on purpose."""

import asyncio
import signal
import threading
from functools import partial
from typing import Any, ClassVar, Final

from textual import on
from textual.binding import BindingType
from textual.css.query import NoMatches
from textual.events import Event, InputEvent

from pkgstore_tui.commands import COMMANDS, bindings
from pkgstore_tui.jobs import Job, JobState
from pkgstore_tui.messages import JobEnded, Trouble
from pkgstore_tui.personal import PersonalApp
from pkgstore_tui.screens import style_files
from pkgstore_tui.screens.activity import ActivityScreen
from pkgstore_tui.screens.apps import AppsScreen
from pkgstore_tui.screens.command_log import CommandLog
from pkgstore_tui.screens.drill import DrillScreen
from pkgstore_tui.screens.goto import Goto
from pkgstore_tui.screens.health import HealthScreen
from pkgstore_tui.screens.help import HelpScreen
from pkgstore_tui.screens.job import has_failures, outcome
from pkgstore_tui.screens.jobs import JobsScreen
from pkgstore_tui.screens.keys_here import keys_here
from pkgstore_tui.screens.overview import OverviewScreen
from pkgstore_tui.screens.packages import PackagesScreen
from pkgstore_tui.screens.palette import CommandProvider
from pkgstore_tui.screens.pins import PinsScreen
from pkgstore_tui.screens.question import Question
from pkgstore_tui.screens.row_actions import RowActions
from pkgstore_tui.screens.view import VIEWS
from pkgstore_tui.screens.why import WhyScreen
from pkgstore_tui.screens.workers import WorkersScreen
from pkgstore_tui.session import Session
from pkgstore_tui.session.collector import Tidying
from pkgstore_tui.session.foreground import loop_for
from pkgstore_tui.user_settings import UserSettings
from pkgstore_tui.widgets.mended import forget_closed_widgets, mend_lines

VIEW_SCREENS: Final = (
    OverviewScreen,
    PackagesScreen,
    AppsScreen,
    WorkersScreen,
    WhyScreen,
    HealthScreen,
    ActivityScreen,
)

TIDY_LOOK: Final = 1.0
"""Seconds between two questions whether it is time to look for what was thrown away."""


class PkgstoreApp(PersonalApp, inherit_bindings=False):
    """The terminal interface on one store."""

    CSS_PATH = style_files()
    TITLE = "pkgstore"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("app")]
    COMMANDS = {CommandProvider}  # noqa: RUF012
    COMMAND_PALETTE_BINDING = "ctrl+p"

    def __init__(self, session: Session, settings: UserSettings | None = None) -> None:
        mend_lines()
        super().__init__(settings)
        self.session = session
        self.fault: BaseException | None = None
        self.tidying = Tidying()

    def run(self, **options: Any) -> Any:
        """Run on a loop that tells the background when it is at work; the options are Textual's."""
        with asyncio.Runner(loop_factory=lambda: loop_for(self.session.foreground)) as runner:
            return runner.run(self.run_async(**options))

    def on_mount(self) -> None:
        """Open the store and show the first view."""
        self.apply_settings()
        for screen in VIEW_SCREENS:
            self.add_mode(screen.VIEW, partial(screen, self.session))
        self.session.subscribe(self.post_message)
        self._leave_when_told()
        self.session.start()
        self.set_interval(TIDY_LOOK, self._tidy)
        self.switch_mode("packages")

    def _tidy(self) -> None:
        forget_closed_widgets()
        self.tidying.tidy(is_busy=self.session.foreground.is_busy)

    def _leave_when_told(self) -> None:
        """Close in order when the system says so, or the terminal goes: jobs end where nothing is half done."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(number, self.exit)

    async def on_event(self, event: Event) -> None:
        """Let the background stand still for a moment after each key."""
        if isinstance(event, InputEvent):
            self.session.foreground.touched()
        await super().on_event(event)

    async def on_unmount(self) -> None:
        """Close the store; its threads are waited for off the loop."""
        await asyncio.to_thread(self.session.stop)

    # --- what the session says ----------------------------------------------------------------------------------

    @on(JobEnded)
    def _job_ended(self, message: JobEnded) -> None:
        job = next(job for job in self.session.jobs.all if job.id == message.job_id)
        self.notify(outcome(job)[0], title=job.title, severity=_severity(job), markup=False)

    @on(Goto)
    async def _goto(self, message: Goto) -> None:
        """A view asks for another one."""
        await self.switch_mode(message.view)
        screen = self.screen
        if isinstance(screen, WhyScreen) and message.about is not None:
            screen.explain(message.about)
        elif isinstance(screen, DrillScreen) and (message.levels or message.at is not None):
            screen.go_to(message.levels, message.at)
            screen.place.at = message.at  # its rows may still be on their way

    @on(Trouble)
    def _trouble(self, message: Trouble) -> None:
        self.notify(message.text, severity="error", markup=False)

    # --- commands -----------------------------------------------------------------------------------------------

    def action_show_view(self, name: str) -> None:
        """Go to a view."""
        if self.current_mode != name:
            self.switch_mode(name)

    def action_next_view(self, step: int) -> None:
        """Go to the next view, or the one before."""
        names = [name for _, name, _ in VIEWS]
        self.action_show_view(names[(names.index(self.current_mode) + step) % len(names)])

    def action_help(self) -> None:
        """Show what the keys do here."""
        active = keys_here(self.screen)
        here = [(command, active[command.id]) for command in COMMANDS if command.id in active]
        title = next((title for _, name, title in VIEWS if name == self.current_mode), "this view")
        screen = self.screen
        shown = screen.help_on_rows() if isinstance(screen, RowActions) else None
        self.push_screen(HelpScreen(title, here, self._lock_note(), shown))

    def action_command_log(self) -> None:
        """Show what was done, as command lines."""
        screen = self.screen
        present = screen.present_command() if isinstance(screen, RowActions) else ""
        self.push_screen(CommandLog(self.session, present))

    def _lock_note(self) -> str:
        if self.session.options.saved is not None:
            return "a saved scan: nothing is read from the disk, and nothing can be changed"
        if self.session.options.read_only:
            return "opened read-only: nothing can be changed"
        return "" if self.session.unlocked else "the keys that change the store are absent; W unlocks"

    def action_jobs(self) -> None:
        """Show the jobs."""
        self.push_screen(JobsScreen(self.session))

    def action_pins(self) -> None:
        """Show what is kept on purpose."""
        self.push_screen(PinsScreen(self.session))

    def action_toggle_lock(self) -> None:
        """Lock at once; unlock after a question."""
        if self.session.unlocked:
            self.session.set_lock(unlocked=False)
            self.notify("locked", markup=False)
            return
        text = (
            "What changes the store will work, from evicting and repairing to pinning and ingesting. "
            "Each still shows its plan and asks before it does anything."
        )
        self.push_screen(
            Question("Unlock changes to this store?", text, yes="Unlock", no="Stay locked"), self._unlock
        )

    def _unlock(self, answer: bool | None) -> None:
        if answer:
            self.session.set_lock(unlocked=True)
        else:
            self.notify("nothing changed", markup=False)

    def action_back_out(self) -> None:
        """Go one level back; at the top quit, after a question while a job changes the store."""
        screen = self.screen
        if isinstance(screen, DrillScreen) and len(screen.levels) > screen.home:
            screen.action_back()
        elif running := self.session.jobs.running:
            text = f"“{running[0].title}” is running. Quitting cancels it where nothing is half done."
            self.push_screen(Question("Quit while a job runs?", text, yes="Quit", no="Stay"), self._quit)
        else:
            self.exit()

    def _quit(self, answer: bool | None) -> None:
        if answer:
            self.exit()

    def action_quit_now(self) -> None:
        """Quit, whatever runs: jobs are cancelled where nothing is half done."""
        self.exit()

    def action_interrupt(self) -> None:
        """The key that stops other programs is pressed too easily to quit this one."""
        self.notify("ctrl+q quits", markup=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A store that was opened read-only cannot be unlocked."""
        if action == "toggle_lock":
            return not self.session.options.read_only and self.session.options.saved is None
        return super().check_action(action, parameters)

    # --- faults ---------------------------------------------------------------------------------------------------

    def _handle_exception(self, error: Exception) -> None:
        """Keep the fault for whoever ran the app, and leave: no traceback is printed over a user's terminal.

        Whoever leaves before the first view is put together finds widgets without their parts: that is no fault.
        """
        if not (self._exit and isinstance(error, NoMatches)):
            self.fault = self.fault or error
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        self._close_messages_no_wait()


def _severity(job: Job) -> Any:
    if job.state is JobState.FAILED:
        return "error"
    return "warning" if job.state is JobState.CANCELLED or has_failures(job) else "information"
