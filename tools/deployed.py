"""Finds the stack of an environment in samconfig.toml and opens an AWS session. The tools of `make deploy` share it."""

import argparse
import sys
from pathlib import Path

import boto3
import tomlkit
from botocore.exceptions import BotoCoreError, ClientError

ROOT = Path(__file__).resolve().parents[1]
# The stack was created but never deployed, or it has been deleted.
WITHOUT_RESOURCES = {"REVIEW_IN_PROGRESS", "DELETE_COMPLETE"}


def parser(description):
    parser = argparse.ArgumentParser(description=description.split("\n")[0])
    parser.add_argument("--config-env", help="environment in samconfig.toml")
    parser.add_argument("--stack-name", help="name of the stack, instead of the one in samconfig.toml")
    return parser


def stack_of(options):
    """Returns the name of the stack, the deployment settings from samconfig.toml, and an AWS session."""
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


def description_of(session, stack):
    """Returns the description of the deployed stack, or None if the stack does not exist."""
    try:
        description = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return None if description["StackStatus"] in WITHOUT_RESOURCES else description


def run(main):
    """Runs a tool and prints an error of AWS as one sentence instead of a traceback."""
    try:
        main()
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"AWS: {error}. Set a region and credentials, as for the AWS command line.")
