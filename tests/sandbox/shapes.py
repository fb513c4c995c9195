"""Holds every answer of a rest-json service to botocore's model: no member that is not modelled, and each of its type."""

import json

TYPES = {
    "string": str,
    "integer": int,
    "long": int,
    "boolean": bool,
    "double": (int, float),
    "float": (int, float),
    "timestamp": (int, float, str),
    "blob": str,
    "list": list,
    "map": dict,
    "structure": dict,
}


def check(shape, value, path):
    if value is None:
        return
    assert isinstance(value, TYPES[shape.type_name]), f"{path} is {value!r} and is to be a {shape.type_name}"
    assert shape.type_name == "boolean" or not isinstance(value, bool), f"{path} is {value!r}"
    if shape.type_name == "structure":
        members = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        for name, inner in value.items():
            assert name in members, f"{path}.{name} is not in the model"
            check(members[name], inner, f"{path}.{name}")
    elif shape.type_name == "list":
        for inner in value:
            check(shape.member, inner, f"{path}[]")
    elif shape.type_name == "map":
        for name, inner in value.items():
            check(shape.value, inner, f"{path}.{name}")


def hold(client):
    """Registers the check for every answer of this client that is no error."""

    def answered(http_response, parsed, model, **_):
        if http_response.status_code < 300 and model.output_shape is not None and http_response.content:
            check(model.output_shape, json.loads(http_response.content), model.name)

    client.meta.events.register("after-call", answered)
    return client
