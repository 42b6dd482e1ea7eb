"""Notices as plain mails over SMTP; never a password over an open line."""

from __future__ import annotations

import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

from wp_sync.errors import Place
from wp_sync.notify.base import Notice
from wp_sync.notify.document import as_text
from wp_sync.notify.errors import NotifyError

_SECONDS = 20.0
_LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))


class Mail:
    """A `Channel` that hands mails to one server."""

    name = "mail"

    def __init__(self, server: str, sender: str, to: tuple[str, ...], password: str = "") -> None:
        self._server = urlsplit(server)
        self._sender = sender
        self._to = to
        self._password = password

    def send(self, notice: Notice) -> None:
        host = self._server.hostname or ""
        try:
            with self._connected(host) as smtp:
                user = unquote(self._server.username or "")
                if user:
                    smtp.login(user, self._password)
                smtp.send_message(self.message(notice))
        except smtplib.SMTPAuthenticationError:
            raise self._failed("does not accept the login", "set WP_SYNC_SMTP_PASSWORD") from None
        except smtplib.SMTPNotSupportedError:
            hint = "use smtps://, or a server on this machine"
            raise self._failed("offers no encryption (STARTTLS)", hint) from None
        except smtplib.SMTPException as error:
            raise self._failed(f"did not take the mail: {_words(error)}") from None
        except (OSError, UnicodeError) as error:
            raise self._failed(f"can't be reached: {error}") from None

    def message(self, notice: Notice) -> EmailMessage:
        """The mail; a site's words can't add headers to it."""
        message = EmailMessage()
        headline = "".join(sign if sign.isprintable() else " " for sign in notice.headline)
        message["Subject"] = f"[wp-sync] {headline}"
        message["From"] = self._sender
        message["To"] = ", ".join(self._to)
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=Address(addr_spec=self._sender).domain)
        message["Auto-Submitted"] = "auto-generated"  # no out-of-office replies: RFC 3834
        message.set_content(as_text(notice).encode("utf-8", "replace").decode())
        return message

    def _connected(self, host: str) -> smtplib.SMTP:
        secure = ssl.create_default_context()
        if self._server.scheme == "smtps":
            port = self._server.port or 465
            return smtplib.SMTP_SSL(host, port, timeout=_SECONDS, context=secure)
        smtp = smtplib.SMTP(host, self._server.port or 587, timeout=_SECONDS)
        try:
            smtp.ehlo()
            if host not in _LOOPBACK or smtp.has_extn("starttls"):
                smtp.starttls(context=secure)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _failed(self, what: str, hint: str = "check smtp in [notify]") -> NotifyError:
        return NotifyError(
            f"the mail server {what}", place=Place(url=self._server.hostname or ""), hint=hint
        )


def _words(error: smtplib.SMTPException) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        return f"{error.smtp_code} {text[:200]}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return f"it refused {', '.join(error.recipients)}"
    return str(error)[:200] or type(error).__name__
