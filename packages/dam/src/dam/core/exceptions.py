"""Every error that is meant for a person, on one page.

    DamError                          a sentence for the person at the door: what, why, what to do
    ├── ConfigurationError            dam.toml, an environment variable or a flag says something impossible
    │   └── UnknownWorldError
    ├── PluginError                   a plugin cannot be loaded or registered
    │   └── RegistrationError         a system, component, driver or resource was registered wrongly
    ├── ResourceNotFoundError         nothing of that type was added to the World
    ├── NoHandlerError                nobody answers this command
    ├── AccessError                   a transaction cannot carry what is asked of it
    │   └── TransactionAbortedError   a part of this transaction has failed; it will be rolled back
    ├── ConversationError             a command's questions and answers went wrong
    │   ├── ConversationBusyError
    │   ├── UnansweredQuestionError
    │   ├── QuestionWithPendingWritesError
    │   └── CommandCannotTravelError
    │       └── StreamCannotTravelError
    ├── UsageError                    what was asked for makes no sense as it was asked
    │   └── StatusChangeError         an asset cannot come to stand so
    ├── EntityNotFoundError
    ├── ConflictError                 what was asked for does not fit what has happened meanwhile
    │   └── StaleVersionError         an asset was changed since the caller has looked at it
    ├── SchemaMismatchError           the database belongs to another version of the program
    ├── DatabaseBusyError             another process holds the database
    ├── DatabaseUnreachableError      the database server cannot be reached, or the connection to it was lost
    ├── RootError                     a folder cannot be indexed
    │   ├── RootOfflineError
    │   └── PathNotFoundError
    ├── ContentError                  the bytes of one file
    │   ├── ContentCorruptError       they are damaged
    │   ├── ContentUnsupportedError   they are of a kind that this build does not read
    │   ├── ContentRefusedError       they would expand beyond a limit
    │   ├── ContentUnreadableError    the system does not let us read them
    │   └── ContentChangedError       they changed while they were read
    └── WorkerError                   the child process that read the file did not survive it
        ├── WorkerCrashedError
        ├── WorkersClosedError        they were closed before they came to it
        └── WorkerTimeoutError

A `DamError` is shown as its one line, without a traceback. Anything else is a bug and keeps its traceback.
"""

from __future__ import annotations


class DamError(Exception):
    """A failure that a person can understand: what went wrong, why, and what to do."""

    exit_code = 1


class ConfigurationError(DamError):
    """The configuration says something impossible."""


class UnknownWorldError(ConfigurationError):
    """No world of that name is configured."""

    exit_code = 2


class UsageError(DamError):
    """What was asked for makes no sense as it was asked."""

    exit_code = 2


class StatusChangeError(UsageError):
    """An asset cannot come to stand so from how it stands."""


class PluginError(DamError):
    """A plugin cannot be loaded or built."""


class RegistrationError(PluginError):
    """Something was registered with a World in a wrong way."""


class ResourceNotFoundError(DamError):
    """No resource of the wanted type was added to the World."""


class NoHandlerError(DamError):
    """No system answers the command."""


class AccessError(DamError):
    """The transaction at hand cannot carry what is asked of it."""


class TransactionAbortedError(AccessError):
    """A part of this transaction has failed, so nothing more can be done in it."""


class ConversationError(DamError):
    """The questions and answers of a command went wrong."""


class ConversationBusyError(ConversationError):
    """Two tasks step the same conversation at once."""


class UnansweredQuestionError(ConversationError):
    """A handler asked a question and nobody was there to answer it."""

    exit_code = 4


class QuestionWithPendingWritesError(ConversationError):
    """A handler asked a question while its transaction held unwritten changes."""


class CommandCannotTravelError(ConversationError):
    """A command holds something that is no plain data, so it cannot be sent to another process."""


class StreamCannotTravelError(CommandCannotTravelError):
    """A command that holds an open stream cannot be sent to another process."""


class EntityNotFoundError(DamError, ValueError):
    """No entity has that id."""


class ConflictError(DamError):
    """What was asked for does not fit what has happened meanwhile."""


class StaleVersionError(ConflictError):
    """An asset was changed by somebody else since the caller has looked at it."""


class SchemaMismatchError(DamError):
    """The database was made by another version of the program."""

    exit_code = 8


class DatabaseBusyError(DamError):
    """Another process holds the database."""

    exit_code = 7


class DatabaseUnreachableError(DamError):
    """The database server cannot be reached, or the connection to it was lost."""

    exit_code = 6


class RootError(DamError):
    """A folder cannot be indexed."""


class RootOfflineError(RootError):
    """A known folder cannot be reached at the moment."""

    exit_code = 6


class PathNotFoundError(RootError):
    """There is nothing at the path."""

    exit_code = 2


class ContentError(DamError):
    """The bytes of one file cannot be used; `missing_tool` names the tool with which they perhaps could."""

    missing_tool: str | None = None


class ContentCorruptError(ContentError):
    """The file is damaged."""


class ContentUnsupportedError(ContentError):
    """The file is of a kind that this build does not read."""


class ContentRefusedError(ContentError):
    """The file would expand beyond a limit, so it was not opened."""


class ContentUnreadableError(ContentError):
    """The operating system does not let us read the file."""


class ContentChangedError(ContentError):
    """The file changed while it was being read."""


class WorkerError(DamError):
    """The child process that was reading a file did not survive it."""


class WorkerCrashedError(WorkerError):
    """The child process ended without an answer."""


class WorkersClosedError(WorkerError):
    """The workers were closed while they still had something to do."""


class WorkerTimeoutError(WorkerError):
    """The child process took longer than it may."""
