"""What can be sent now, by destination; and one destination worked off in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.dispatcher.delivery import Delivery
from slamon.dispatcher.folding import Folder
from slamon.dispatcher.line import Line, Sending
from slamon.dispatcher.living import Keeper
from slamon.store import livings, outbox

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from slamon.model import Instant, Millis
    from slamon.notifiers.base import Notifier
    from slamon.notify.digests import DigestsConfig
    from slamon.store.livings import Living
    from slamon.store.outbox import Letter
    from slamon.store.store import Store


class Dispatcher:
    """Delivers letters and keeps living messages true. Its methods may run at once for different destinations."""

    def __init__(self, store: Store, notifier: Notifier, world: Sending, digests: DigestsConfig | None = None) -> None:
        """Set up; without `digests`, each letter is told by itself."""
        self.line = Line(store, notifier, world)
        self.delivery = Delivery(self.line)
        self.keeper = Keeper(self.line, self.delivery.contents)
        self.folder = Folder(self.line, digests) if digests else None
        plan = self.folder.plan if self.folder else lambda _, letters: letters
        self.plan: Callable[[str, Sequence[Letter]], Sequence[Letter]] = plan
        """Of the letters for a destination, those to send one by one; the others are folded into a digest."""

    @property
    def settle(self) -> Millis:
        """How long an outcome stays unknown before it is looked for."""
        return self.line.settle

    def ready(self) -> dict[str, tuple[list[Letter], list[Living]]]:
        """What can be done now, by destination."""
        now = self.line.world.now()
        if now < self.line.paused_until:
            return {}
        if self.folder:
            self.folder.speaker.tend_all()
        with self.line.store.read() as tx:
            letters, stale = outbox.ready(tx, now), livings.stale(tx, now)
        found: dict[str, tuple[list[Letter], list[Living]]] = {}
        for letter in letters:
            found.setdefault(letter.destination, ([], []))[0].append(letter)
        for living in stale:
            found.setdefault(living.destination, ([], []))[1].append(living)
        return {where: work for where, work in found.items() if self.line.paces.free(where)}

    def serve(self, destination: str, letters: Sequence[Letter], stale: Sequence[Living]) -> None:
        """Work off one destination in order, until it has to wait: letters first, then edits."""
        for letter in self.plan(destination, letters):
            if not self.line.may_go(destination):
                return
            self.delivery.guarded(letter)
        for living in stale:
            if not self.line.may_go(destination):
                return
            self.keeper.refresh(living)

    def next_at(self) -> Instant | None:
        """When there is something to send next, as far as that is known; `None` when there is nothing."""
        with self.line.store.read() as tx:
            known = (outbox.next_at(tx), livings.next_edit_at(tx))
        digests = self.folder.speaker.next_at() if self.folder else None
        return min((at for at in (*known, digests) if at is not None), default=None)
