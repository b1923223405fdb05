"""Questions of handlers over HTTP, for any route that runs a command.

A command that asks nothing is answered with 200 and `{"results": […]}`. One that asks is answered with 202, the question, and the address
of the conversation; an answer that is posted there gives the next question or the results. Answers are neither logged nor shown again.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from dam.commands.core import BaseCommand
from dam.core.world import World
from dam.system_events.requests import Request
from dam_web.api.answers import JSON, NOT_KEPT
from dam_web.api.errors import ApiError
from dam_web.api.schemas import Answer, ConversationAnswer, ConversationList, ErrorAnswer, Results
from dam_web.resources import Conversation, Conversations

ADDRESS = "/api/dam/conversations"
ConversationId = Annotated[str, Path(max_length=64)]
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"model": Results},
    202: {"model": ConversationAnswer, "description": "Something is asked"},
    503: {"model": ErrorAnswer},
}
"""What a route that uses `converse_over_api` says about its answers."""


async def converse_over_api(world: World, command: BaseCommand[Any, Any]) -> Response:
    """Run a command for a route, and answer with its results or with its first question; raises what the command raises."""
    conversations = world.get_resource(Conversations)
    conversation = conversations.begin(world, command)
    if conversation is None:
        message = "Too many conversations are open; answer or end some of them."
        raise ApiError(503, "TooManyConversationsError", message, {"Retry-After": "5"})
    return await state_of(conversation)


async def state_of(conversation: Conversation) -> Response:
    """How a conversation stands, once it asks something or has ended."""
    await conversation.wait()
    if conversation.question is not None:
        headers = {"Location": f"{ADDRESS}/{conversation.id}", **NOT_KEPT}
        return JSON({"conversation": shown(conversation)}, 202, headers)
    if conversation.has_expired:
        raise ApiError(410, "ConversationExpiredError", "Nobody answered in time, so the conversation was ended; begin again.")
    if conversation.was_closed:
        raise ended()
    results = conversation.result().results
    return JSON({"results": to_jsonable_python(results, bytes_mode="base64", serialize_unknown=True)}, headers=NOT_KEPT)


def conversations_router(world: World) -> APIRouter:
    """The routes of the open conversations."""
    router = APIRouter(tags=["conversations"], responses={404: {"model": ErrorAnswer}, 410: {"model": ErrorAnswer}})
    conversations = world.get_resource(Conversations)

    @router.get("/conversations", summary="The questions that are open", responses={200: {"model": ConversationList}})
    async def list_conversations() -> Response:
        return JSON({"items": open_questions(conversations)}, headers=NOT_KEPT)

    @router.get("/conversations/{conversation_id}", summary="How a conversation stands", responses=RESPONSES)
    async def get_conversation(conversation_id: ConversationId) -> Response:
        return await state_of(find(conversations, conversation_id))

    @router.post("/conversations/{conversation_id}", summary="Answer a question", responses={**RESPONSES, 409: {"model": ErrorAnswer}})
    async def answer(conversation_id: ConversationId, said: Answer) -> Response:
        conversation = find(conversations, conversation_id)
        if conversation.has_ended:
            raise ended()
        if conversation.question is None or said.question not in (None, conversation.number):
            raise ApiError(409, "AnsweredTwiceError", "This question was answered already; look at the conversation again.")
        conversation.respond(answer_of(conversation.question, said.answer))
        return await state_of(conversation)

    @router.delete("/conversations/{conversation_id}", summary="End a conversation", status_code=204)
    async def end(conversation_id: ConversationId) -> Response:
        await find(conversations, conversation_id).close()
        return Response(status_code=204)

    return router


def find(conversations: Conversations, conversation_id: str) -> Conversation:
    """The conversation of that id; an unknown one is a 404."""
    conversation = conversations.get(conversation_id)
    if conversation is None:
        raise ApiError(404, "ConversationNotFoundError", "There is no such conversation (any more).")
    return conversation


def ended() -> ApiError:
    """The answer to what comes too late."""
    return ApiError(410, "ConversationEndedError", "This conversation has ended; nothing more is asked.")


def open_questions(conversations: Conversations) -> list[dict[str, Any]]:
    """What is asked now, in all conversations."""
    return [shown(conversation) for conversation in conversations.asking()]


def shown(conversation: Conversation) -> dict[str, Any]:
    """A conversation and its question as JSON; no answer is in it."""
    question = conversation.question
    assert question is not None  # noqa: S101 - callers look first
    assert conversation.expires is not None  # noqa: S101 - a question has one
    fields = {
        field.name: to_jsonable_python(getattr(question, field.name), serialize_unknown=True) for field in dataclasses.fields(question)
    }
    return {
        "id": conversation.id,
        "command": conversation.command,
        "question": {
            **fields,
            "type": type(question).__name__,
            "number": conversation.number,
            "answer": type(question).answered_by.__name__,
        },
        "expires": conversation.expires.isoformat(timespec="seconds"),
    }


def answer_of(question: Request, said: dict[str, Any] | None) -> Any:
    """The answer as the handler gets it; None declines. What cannot be an answer to the question is a 422, which does not repeat it."""
    kind = type(question).answered_by
    if said is None:
        return kind()
    fields = dict(said)
    if (named := fields.pop("type", kind.__name__)) != kind.__name__:
        raise rejected(kind.__name__, "the type is another one" if isinstance(named, str) else "type: a name is needed")
    if unknown := sorted(set(fields) - {field.name for field in dataclasses.fields(kind)}):
        raise rejected(kind.__name__, f"there is no field {', '.join(unknown)[:100]}")
    try:
        answer = TypeAdapter(kind).validate_json(json.dumps(fields), strict=True)  # as JSON: a dataclass is an object there
    except ValidationError as error:
        said_wrong = "; ".join(
            f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_input=False, include_url=False)
        )
        raise rejected(kind.__name__, said_wrong) from None
    if not question.accepts(answer):
        raise rejected(kind.__name__, "it is none of those that can be chosen")
    return answer


def rejected(wanted: str, reason: str) -> ApiError:
    """The answer to an answer that cannot be one."""
    return ApiError(422, "WrongAnswerError", f"This is no {wanted}, which the question asks for: {reason}.")
