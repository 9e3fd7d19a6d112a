"""How the three hosts say no: always HTTP 200 and a negative number; the sentences vary and mean nothing."""

from __future__ import annotations

import enum

from tests.emulators.parameters import JSON


class Host(enum.Enum):
    """The vendor's hosts, each a path prefix of the emulator."""

    OAUTH = "oauth"
    OPENAPI = "openapi"
    BUSINESS = "business"


class Refused(Exception):  # noqa: N818  (an outcome of the contract, not a defect of the emulator)
    """The call is answered with this error and carried out no further."""

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


OPENAPI_MESSAGES = {
    -32: "Your application reached limit call api",
    -100: "attachment_id is expired",
    -200: "Send message failed",
    -201: "params is invalid",
    -204: "Official Account has been disabled or deleted",
    -205: "Official Account is not exist",
    -209: "Not supported this api",
    -210: "Param exceeds allowed limit",
    -211: "Out of quota",
    -212: "App has not registered this api",
    -213: "User has not followed OA",
    -214: "Article is being processed",
    -216: "Access token is invalid",
    -217: "User blocked invitation from OA",
    -218: "Out of quota receive",
    -219: "App has been removed or disabled",
    -220: "Access token is expired or removed",
    -221: "OA is not verified",
    -223: "OA has not authorized this api",
    -224: "OA has not upgraded its package",
    -227: "User is banned or has been inactive for more than 45 days",
    -230: "User has not interacted with the OA in the past 7 days",
    -231: "User has not interacted with the OA",
    -232: "User has not issued an interaction, or the latest interaction has expired",
    -233: "Message type is invalid or not supported",
    -234: "This message type is not supported at night (22:00-06:00)",
    -235: "API does not support this type of OA",
    -237: "Group is disabled or expired",
    -238: "Asset id is used or disabled",
    -240: "This API version of sending messages has been shut down",
    -241: "Asset id is already in use",
    -242: "appsecret_proof is invalid",
    -244: "User has restricted this type of message from the OA",
    -248: "Message violates platform standards",
    -249: "Template does not support sending by UID",
    -320: "App must be linked to a Zalo Cloud Account",
    -321: "Zalo Cloud Account has run out of money",
    -403: "OA is not in the group",
    -1340: "Form is not found",
    -1341: "No access to the form",
}

BUSINESS_MESSAGES = {
    -100: "Unknown error",
    -101: "App is invalid",
    -108: "Phone number is invalid",
    -109: "Template id is invalid",
    -111: "Template data is empty",
    -112: "Template data is not valid",
    -1121: "Template data has a param of a wrong type",
    -1122: "Template data is missing a param",
    -1123: "Template data has a param that is too long",
    -1124: "Template data has a param of a wrong format",
    -114: "User cannot receive the message",
    -115: "Out of balance",
    -117: "OA or app has no permission for this template",
    -118: "Zalo account does not exist or has been deactivated",
    -119: "Account cannot receive the message",
    -120: "OA has no permission",
    -121: "Body data is empty",
    -122: "Body format is invalid",
    -124: "Access token is invalid",
    -126: "Development wallet is empty",
    -127: "A test template can only be sent to admins",
    -131: "Template is not approved",
    -132: "Param is invalid",
    -133: "Template cannot be sent at night",
    -135: "OA may not send",
    -136: "OA must be linked to a Zalo Cloud Account",
    -137: "Charging failed",
    -139: "User refuses this kind of message",
    -141: "User refuses messages from the OA",
    -144: "OA reached its daily quota",
    -146: "Template is disabled because of low quality",
    -147: "Template reached its daily quota",
    -162: "sending_mode is invalid",
}

OAUTH_NAMES = {
    -118: "invalid_grant",
    -14002: "Invalid app id",
    -14003: "Invalid redirect uri",
    -14005: "Invalid authorization code",
    -14014: "Invalid refresh token",
    -14019: "Authorization code expired",
    -14020: "Refresh token expired",
    -32: "Rate limit",
}


def error_body(host: Host, code: int, message: str = "") -> JSON:
    """The answer to a refused call in the shape of its host."""
    if host is Host.OAUTH:
        name = OAUTH_NAMES.get(code, "Unknown error")
        return {
            "error": code,
            "error_name": name,
            "error_reason": message or name,
            "error_description": message or name,
            "ref_doc": "https://developers.zalo.me/docs/api/official-account-api/phu-luc/official-account-access-token-post-4307",
        }
    table = OPENAPI_MESSAGES if host is Host.OPENAPI else BUSINESS_MESSAGES
    return {"error": code, "message": message or table.get(code, "Unknown error")}


def invalid(name: str) -> Refused:
    return Refused(-201, f"{name} is invalid!")


def too_long(name: str) -> Refused:
    return Refused(-210, f"{name} exceeds allowed limit")
