"""A user who is signed in at a Slack client, and what the client does its work with."""

from playground.fake_slack.core import Core
from playground.fake_slack.delivery import Postman
from playground.fake_slack.responseurls import ResponseUrls
from playground.fake_slack.state import User


class Session:
    """One user at one client."""

    def __init__(self, core: Core, postman: Postman, urls: ResponseUrls, user: User) -> None:
        self.core = core
        self.postman = postman
        self.urls = urls
        self.user = user

    @property
    def id(self) -> str:
        return self.user.id
