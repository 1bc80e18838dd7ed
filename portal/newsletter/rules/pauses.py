"""Why a campaign paused by itself, in words for people: the key is kept with the campaign."""

from portal.foundation.text import lazy

PAUSE_WORDS = {
    "check_list": lazy("Something on its check list was wrong when its moment came. Mend it, then say when it goes."),
    "relay_auth": lazy("The mail server refuses the sign-in. Check its name and password in the settings."),
    "relay_certificate": lazy(
        "Nobody vouches for the mail server’s certificate, or it names another server. "
        "Check the mail server’s name in the settings, or have a trusted authority sign its certificate."
    ),
    "relay_down": lazy("The mail server doesn’t answer."),
    "relay_hangs_up": lazy("The mail server ends the connection in the middle of mails."),
    "policy": lazy("The mail server refuses mails because of the sender. Check the domain’s SPF, DKIM and DMARC."),
    "quota": lazy("The mail server takes no more mails from this sender for now."),
    "error_rate": lazy("More than 5 % of the last 500 mails were refused."),
    "message": lazy("The message can’t be made. Check its wording, and the key for DKIM in the settings."),
    "render_errors": lazy("The mails of some people can’t be made."),
    "journal": lazy("The disk of the sender is full or can’t be written."),
    "bounce_rate": lazy("More than 5 % of the mails came back."),
    "complaint_rate": lazy("3 of 1,000 people or more complained."),
}
