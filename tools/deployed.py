"""Which stack an environment of samconfig.toml is, and how to reach it. Shared by the tools of `make deploy`."""

import argparse
import sys
from pathlib import Path

import boto3
import tomlkit
from botocore.exceptions import BotoCoreError, ClientError

ROOT = Path(__file__).resolve().parents[1]


def parser(description):
    parser = argparse.ArgumentParser(description=description.split("\n")[0])
    parser.add_argument("--config-env", help="an environment of samconfig.toml")
    parser.add_argument("--stack-name", help="another stack")
    return parser


def stack_of(options):
    """Name of the stack, what samconfig.toml says of its deployment, and a session with AWS."""
    settings = samconfig(options.config_env)
    session = boto3.Session(profile_name=settings.get("profile"), region_name=settings.get("region"))
    return options.stack_name or settings.get("stack_name"), settings, session


def samconfig(environment):
    if environment is None:
        return {}
    known = tomlkit.parse((ROOT / "samconfig.toml").read_text()).unwrap()
    if environment not in known:
        sys.exit(f"samconfig.toml has no environment {environment}")
    sections = [known[environment].get(section, {}).get("parameters", {}) for section in ("global", "deploy")]
    return {name: value for section in sections for name, value in section.items()}


def run(main):
    """Runs a tool; what AWS refuses is said in a sentence."""
    try:
        main()
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"AWS: {error}. Set a region and credentials, as for the AWS command line.")
