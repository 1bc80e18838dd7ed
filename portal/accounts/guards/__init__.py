"""Who is signed in at this request, which views they may enter, and what their browser keeps."""

from portal.accounts.guards.browsers import describe_browser, remember_device, visitor
from portal.accounts.guards.entrance import (
    HANDLE,
    acting_customer,
    applicant_required,
    current_account,
    current_session,
    customer_required,
    enter,
    init_app,
    leave,
    page_of,
    realm_of,
    the_account,
    the_session,
    to_sign_in,
)
from portal.accounts.guards.flows import (
    begin_second_step,
    current_flow,
    current_second_step,
    finish_flow,
    finish_second_step,
    go_on,
)
from portal.accounts.guards.fresh import FRESH, fresh_sign_in_required, is_fresh, renew, to_confirmation

__all__ = [
    "FRESH",
    "HANDLE",
    "acting_customer",
    "applicant_required",
    "begin_second_step",
    "current_account",
    "current_flow",
    "current_second_step",
    "current_session",
    "customer_required",
    "describe_browser",
    "enter",
    "finish_flow",
    "finish_second_step",
    "fresh_sign_in_required",
    "go_on",
    "init_app",
    "is_fresh",
    "leave",
    "page_of",
    "realm_of",
    "remember_device",
    "renew",
    "the_account",
    "the_session",
    "to_confirmation",
    "to_sign_in",
    "visitor",
]
