"""Conversations that the chat templates are tried with: name -> variables of the template."""

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city, now.",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "description": "Name of the city, e.g. 北京"},
                "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
                "days": {"type": "integer", "default": 3},
                "detail": {"type": ["boolean", "null"], "description": "All there is?"},
            },
            "required": ["city"],
        },
        "return": {"type": "object", "description": "Temperature & wind"},
    },
}
ADD = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Adds <numbers> & says \"how\".",
        "parameters": {
            "type": "object",
            "properties": {
                "terms": {"type": "array", "items": {"type": "number"}, "description": "What to add"},
                "options": {
                    "type": "object",
                    "properties": {"round": {"type": "boolean"}, "digits": {"type": "integer"}},
                },
            },
            "required": ["terms"],
        },
    },
}
USER = {"role": "user", "content": "Hello, how are you? 你好 🙂"}
SYSTEM = {"role": "system", "content": "You are a helpful <assistant> & answer in \"rhymes\"."}
ANSWER = {"role": "assistant", "content": "I'm fine, thank you.\n\nAnd you?"}
MORE = {"role": "user", "content": "  What is 1 + 1?  "}
THINK = {"role": "assistant", "content": "<think>\nOne and one\n</think>\n\nIt is 2."}
LAST = {"role": "user", "content": "Thanks.\nBye!"}


def call(arguments, id="abcdefg01", name="get_weather"):
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


CITY = {"city": "Paris", "days": 2, "unit": None, "exact": True, "limit": 1.5, "list": [1, "a"]}
CALLING = {"role": "assistant", "content": "", "tool_calls": [call(CITY)]}
CALLING_NONE = {"role": "assistant", "content": None, "tool_calls": [call(CITY)]}
CALLING_TEXT = {"role": "assistant", "content": "", "tool_calls": [call('{"city": "Paris"}')]}
CALLING_TWO = {
    "role": "assistant",
    "content": "Let me see.",
    "tool_calls": [call({"city": "Köln"}), call({"terms": [1, 2.0]}, "abcdefg02", "add")],
}
RESULT = {
    "role": "tool",
    "name": "get_weather",
    "tool_call_id": "abcdefg01",
    "content": '{"temperature": 21.5}',
}
RESULT_TWO = {"role": "tool", "name": "add", "tool_call_id": "abcdefg02", "content": "3.0"}
PARTS = {
    "role": "user",
    "content": [{"type": "text", "text": "What is "}, {"type": "text", "text": "this?"}],
}
REASONED = {"role": "assistant", "content": "It is 2.", "reasoning_content": "One and one."}

TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}


def chat(*messages, prompt=True, tools=None, **extra):
    return {"messages": list(messages), "add_generation_prompt": prompt, "tools": tools, **TOKENS, **extra}


SCENARIOS = {
    "user": chat(USER),
    "user, no prompt": chat(USER, prompt=False),
    "system": chat(SYSTEM, USER),
    "turns": chat(SYSTEM, USER, ANSWER, MORE, THINK, LAST),
    "turns, no prompt": chat(USER, ANSWER, MORE, THINK, prompt=False),
    "no bos": {k: v for k, v in chat(USER, ANSWER, MORE).items() if not k.endswith("_token")},
    "tools": chat(SYSTEM, USER, tools=[WEATHER, ADD]),
    "tools, no system": chat(USER, tools=[WEATHER]),
    "call": chat(USER, CALLING, RESULT, tools=[WEATHER, ADD]),
    "call, content none": chat(USER, CALLING_NONE, RESULT, tools=[WEATHER]),
    "call, arguments as text": chat(USER, CALLING_TEXT, RESULT, tools=[WEATHER]),
    "two calls": chat(SYSTEM, USER, CALLING_TWO, RESULT, RESULT_TWO, ANSWER, LAST, tools=[WEATHER, ADD]),
    "call, no prompt": chat(SYSTEM, USER, CALLING, RESULT, ANSWER, prompt=False, tools=[WEATHER]),
    "parts": chat(SYSTEM, PARTS),
    "reasoning": chat(USER, REASONED, MORE),
    "thinking off": chat(USER, ANSWER, MORE, enable_thinking=False, thinking=False),
    "thinking on": chat(SYSTEM, USER, enable_thinking=True, thinking=True, reasoning_effort="high"),
    "roles out of order": chat(USER, LAST),
    "assistant first": chat(ANSWER, USER),
    "no messages": chat(),
}
