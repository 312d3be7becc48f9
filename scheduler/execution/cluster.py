"""The executor of a Dask client: centers and seats on the machines of a cluster.

Dask places the tasks, and gives those of a lost worker to another one. What tasks share (reference
data and policy) is a task of its own, whose result the workers fetch from each other once. The
optional extra ``paikao[dask]`` brings the package.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import CancelledError, Executor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.errors import UsageError, WorkersLost
from models.plan import Libraries
from scheduler.execution.workers import GO_ON
from scheduler.plan_inputs import libraries

if TYPE_CHECKING:
    from distributed import Client

PATIENCE_SECONDS = 30.0
"""How long a cluster may take to answer and to have its first worker."""


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """The executor of a cluster; when the block ends, its tasks there are given up.

    Args:
        address: of the scheduler, ``tcp://HOST:PORT`` or ``tls://HOST:PORT``.

    Raises:
        UsageError: no package, no cluster at the address, no worker, other versions there.
        WorkersLost: every worker is gone, or several died of one task.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError("--dask needs an extra: pip install 'paikao[dask]'") from error
    try:
        client = Client(address, timeout=PATIENCE_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"--dask {address}: no Dask scheduler answers there") from error
    with client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE_SECONDS)
        except TimeoutError as error:
            raise UsageError(f"--dask {address}: the cluster has no workers") from error
        yield _ClusterExecutor(client)


class _ClusterExecutor(Executor):
    """The client's own executor, but for what all tasks of a map share: it is sent once."""

    def __init__(self, client: Client) -> None:
        # Equal tasks of two runs are not one: with `pure` Dask would hash all arguments.
        self._executor = client.get_executor(pure=False)
        self._client = client

    def map(self, fn: Callable[..., Any], *iterables: Iterable[Any], **options: Any) -> Any:
        """As of every executor."""
        items = [_Sealed(arguments) for arguments in zip(*iterables, strict=False)]
        shared = self._client.submit(_itself, fn, pure=False)
        ours = libraries()
        with warnings.catch_warnings():
            # Dask advises to scatter what is large. The tasks carry their people all the same:
            # what lies on a worker alone is gone with it, a task can be sent again.
            warnings.filterwarnings("ignore", "Sending large graph", UserWarning)
            answers = self._executor.map(
                _call, [shared] * len(items), [ours] * len(items), items, **options
            )
        return _translated(answers)


def _itself(fn: Callable[..., Any]) -> Callable[..., Any]:
    return fn


@dataclass(frozen=True, repr=False)
class _Sealed:
    """Arguments that do not show: Dask writes those of a task that fails to the worker's log."""

    arguments: tuple[Any, ...]


def _call(fn: Callable[..., Any], wanted: Libraries, sealed: _Sealed) -> Any:
    here = libraries()
    if here != wanted:
        return UsageError(f"a worker has {here}, this machine {wanted}: plans would differ")
    return fn(*sealed.arguments)


def _translated(answers: Generator[Any, None, None]) -> Iterator[Any]:
    """The answers; errors of the engine as errors of ours."""
    from distributed import KilledWorker

    try:
        with closing(answers):
            for answer in answers:
                if isinstance(answer, UsageError):
                    raise answer
                yield answer
    except KilledWorker as error:
        raise WorkersLost(f"several workers of the cluster died of this. {GO_ON}") from error
    except (CancelledError, OSError) as error:
        raise WorkersLost(f"the cluster is gone. {GO_ON}") from error
