"""The Status objects of a real API server, word by word."""


def status(code, reason, message, details=None, continue_token=None):
    answer = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
              "reason": reason, "code": code}
    if details is not None:
        answer["details"] = details
    if continue_token:
        answer["metadata"]["continue"] = continue_token
    return answer


def not_found(resource, name):
    details = {"name": name, "kind": resource.name}
    if resource.group:
        details["group"] = resource.group
    return status(404, "NotFound", f'{resource.qualified()} "{name}" not found', details)


def no_such_resource():
    return status(404, "NotFound", "the server could not find the requested resource", {})


def unauthorized():
    return status(401, "Unauthorized", "Unauthorized")


def bad_request(message):
    return status(400, "BadRequest", message)


def forbidden(user, verb, group, resource, subresource, namespace, name):
    asked = f"{resource}/{subresource}" if subresource else resource
    qualified = resource if group == "" else f"{resource}.{group}"
    where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    what = f'{qualified} "{name}"' if name else qualified
    details = {"kind": resource}
    if name:
        details["name"] = name
    if group:
        details["group"] = group
    return status(403, "Forbidden", f'{what} is forbidden: User "{user}" cannot {verb} resource "{asked}" in API group '
                  f'"{group}" {where}', details)


def forbidden_path(user, path):
    return status(403, "Forbidden", f'forbidden: User "{user}" cannot get path "{path}"', {})


def expired(continue_token=None):
    if continue_token:
        message = ("The provided continue parameter is too old to display a consistent list result. You can start a new "
                   "list without the continue parameter, or use the continue token in this response to retrieve the "
                   "remainder of the results. Continuing with the provided token results in an inconsistent list - "
                   "objects that were created, modified, or deleted between the time the first chunk was returned and "
                   "now may show up in the list.")
    else:
        message = ("The provided continue parameter is too old to display a consistent list result. You must start a new "
                   "list without the continue parameter.")
    return status(410, "Expired", message, None, continue_token)
