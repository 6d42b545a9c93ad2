"""The tools that `make deploy` runs before and after the deployment."""

import subprocess

from cloud import ROOT, TOOLS


def run(cloud, tool, *options, **environment):
    command = [TOOLS / "aws/bin/python", ROOT / "tools" / tool, *options]
    variables = {name: value for name, value in (cloud.environment | environment).items() if value is not None}
    return subprocess.run([str(part) for part in command], env=variables, capture_output=True, text=True)


def test_a_stack_that_does_not_exist_needs_no_migration(cloud):
    result = run(cloud, "migrate-indexes", "--stack-name", "nowhere")
    expected = "nowhere does not exist yet, so the deployment creates its table with all indexes\n"
    assert (result.returncode, result.stdout) == (0, expected)


def test_missing_settings_are_reported_in_one_sentence(cloud):
    for options, environment, expected in [
        (["--config-env", "staging"], {}, "samconfig.toml has no environment staging"),
        (["--stack-name", "nowhere"], {"AWS_DEFAULT_REGION": None}, "Set a region and credentials"),
    ]:
        result = run(cloud, "migrate-indexes", *options, **environment)
        assert result.returncode == 1 and expected in result.stderr and "Traceback" not in result.stderr, result.stderr


def test_the_concurrency_of_the_deployed_stack_is_checked(cloud):
    result = run(cloud, "check-concurrency", "--stack-name", cloud.stack)
    # Whether the workers fit depends on the machine, which sets the limit of the emulated account.
    expected = f"WorkerConcurrency {cloud.parameters['WorkerConcurrency']} "
    assert result.returncode == 0 and expected in result.stdout, result.stdout + result.stderr
    assert " runs at most " in result.stdout, result.stdout


def test_the_smoke_test_fails_if_the_worker_cannot_start(cloud):
    result = run(cloud, "smoke-test", "--stack-name", cloud.stack)
    assert (result.returncode, result.stdout) == (0, f"{cloud.stack}: the worker starts\n"), result.stderr
    functions, name = cloud.client("lambda"), cloud.resources["WorkerFunction"]
    original = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": original | {"CLAUDE_MODEL": "none"}})
    try:
        result = run(cloud, "smoke-test", "--stack-name", cloud.stack)
        assert result.returncode == 1 and "the worker does not start" in result.stderr, result.stdout + result.stderr
    finally:
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": original})
