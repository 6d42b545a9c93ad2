"""What `make deploy` does before and after the deployment, in the states that it may meet."""

import subprocess

from cloud import ROOT, TOOLS


def run(cloud, tool, *options, **environment):
    command = [TOOLS / "aws/bin/python", ROOT / "tools" / tool, *options]
    variables = {name: value for name, value in (cloud.environment | environment).items() if value is not None}
    return subprocess.run([str(part) for part in command], env=variables, capture_output=True, text=True)


def test_a_stack_that_is_not_there_needs_no_indexes(cloud):
    told = run(cloud, "indexes", "--stack-name", "nowhere")
    assert (told.returncode, told.stdout) == (0, "nowhere is not there yet: its table is made with all indexes\n")


def test_what_is_missing_is_said_in_a_sentence(cloud):
    for options, environment, words in [
        (["--config-env", "staging"], {}, "samconfig.toml has no environment staging"),
        (["--stack-name", "nowhere"], {"AWS_DEFAULT_REGION": None}, "Set a region and credentials"),
    ]:
        told = run(cloud, "indexes", *options, **environment)
        assert told.returncode == 1 and words in told.stderr and "Traceback" not in told.stderr, told.stderr


def test_a_deployment_whose_worker_cannot_start_is_noticed(cloud):
    told = run(cloud, "first-call", "--stack-name", cloud.stack)
    assert (told.returncode, told.stdout) == (0, f"{cloud.stack}: the worker starts\n"), told.stderr
    functions, name = cloud.client("lambda"), cloud.resources["WorkerFunction"]
    usual = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": usual | {"CLAUDE_MODEL": "none"}})
    try:
        told = run(cloud, "first-call", "--stack-name", cloud.stack)
        assert told.returncode == 1 and "the worker does not start" in told.stderr, told.stdout + told.stderr
    finally:
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": usual})
