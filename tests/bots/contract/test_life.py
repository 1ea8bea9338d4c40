"""An account that lives: registered, looked after, examined."""

from tests.bots.contract.behaviour import behaviour
from tests.bots.contract.house import Door


@behaviour("watchdog")
async def test_a_webhook_the_platform_dropped_is_registered_again(door: Door) -> None:
    await door.double.handshake(door.address.webhook)  # where the owner enters it by hand
    await door.way.register()
    assert door.double.webhook == door.address.webhook
    assert await door.way.watch() is False
    door.double.drop_webhook()
    assert door.double.webhook != door.address.webhook
    assert await door.way.watch() is True
    assert door.double.webhook == door.address.webhook
    assert await door.way.watch() is False


@behaviour("watchdog")
async def test_registering_twice_changes_nothing(door: Door) -> None:
    await door.double.handshake(door.address.webhook)
    await door.way.register()
    await door.way.register()
    assert door.double.webhook == door.address.webhook
    assert await door.way.watch() is False


@behaviour("doctor")
async def test_a_healthy_account_is_one_good_line(door: Door) -> None:
    await door.way.register()
    findings = await door.channel.health()
    assert [finding.level for finding in findings] == ["OK"]
    assert findings[0].text
    assert "\n" not in findings[0].text


@behaviour("health")
async def test_a_lost_webhook_is_a_failure_with_a_remedy(door: Door) -> None:
    await door.way.register()
    door.double.drop_webhook()
    findings = await door.channel.health()
    failures = [finding for finding in findings if finding.level == "FAIL"]
    assert failures
    assert any(finding.remedy for finding in failures)
    assert door.double.canary not in repr(findings)
