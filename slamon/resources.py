"""Where the data that slamon ships stands: rules/, exporters/, grafana/, config.example.yaml."""

from __future__ import annotations

from pathlib import Path

from slamon.errors import UsageError

PACKAGE = Path(__file__).resolve().parent
SHIPPED = ("rules", "exporters", "grafana", "config.example.yaml")


def shipped(name: str, package: Path = PACKAGE) -> Path:
    """The shipped file or folder of that name: inside an installed wheel, else at the root of the checkout.

    :raises UsageError: it is neither here nor there, so the installation is incomplete.
    """
    in_wheel = package / "shipped" / name
    in_checkout = package.parent / name
    if in_wheel.exists():
        return in_wheel
    if (package.parent / "pyproject.toml").is_file() and in_checkout.exists():
        return in_checkout
    raise UsageError(f"this installation of slamon lacks {name}; install it again from a wheel or a whole checkout")
