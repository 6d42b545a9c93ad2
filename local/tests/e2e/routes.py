"""Creates the routes of the API. The emulator ignores the OpenAPI body that SAM generates for an HttpApi, so the API
has no routes after a deployment. This file creates the routes and the authorizer from the expanded template."""

import re


def add_routes(cloud):
    gateway = cloud.client("apigatewayv2")
    for route in gateway.get_routes(ApiId=cloud.api_id)["Items"]:
        gateway.delete_route(ApiId=cloud.api_id, RouteId=route["RouteId"])
    template = cloud.client("cloudformation").get_template(StackName=cloud.stack, TemplateStage="Processed")
    body = template["TemplateBody"]["Resources"]["HttpApi"]["Properties"]["Body"]
    jwt = body["components"]["securitySchemes"]["Jwt"]["x-amazon-apigateway-authorizer"]
    cloud.authorizer = gateway.create_authorizer(
        ApiId=cloud.api_id,
        Name="Jwt",
        AuthorizerType=jwt["type"].upper(),
        IdentitySource=[jwt["identitySource"]],
        JwtConfiguration={
            "Issuer": resolve(cloud, jwt["jwtConfiguration"]["issuer"]),
            "Audience": [resolve(cloud, audience) for audience in jwt["jwtConfiguration"]["audience"]],
        },
    )["AuthorizerId"]
    for path, methods in body["paths"].items():
        for method, operation in methods.items():
            if "x-amazon-apigateway-integration" not in operation:
                continue
            integration = operation["x-amazon-apigateway-integration"]
            function = re.search(r"\$\{(\w+)\.Arn\}", integration["uri"]["Fn::Sub"]).group(1)
            target = gateway.create_integration(
                ApiId=cloud.api_id,
                IntegrationType=integration["type"].upper(),
                IntegrationUri=f"arn:aws:lambda:{cloud.region}:000000000000:function:{cloud.resources[function]}",
                PayloadFormatVersion=integration["payloadFormatVersion"],
            )["IntegrationId"]
            authorization = {}
            for scopes in (security["Jwt"] for security in operation["security"] if "Jwt" in security):
                scopes = [scope for scope in (resolve(cloud, scope) for scope in scopes) if scope is not None]
                authorization = {"AuthorizationType": "JWT", "AuthorizerId": cloud.authorizer}
                authorization |= {"AuthorizationScopes": scopes}
            key = path if path == "$default" else f"{method.upper()} {path}"
            gateway.create_route(ApiId=cloud.api_id, RouteKey=key, Target=f"integrations/{target}", **authorization)


def resolve(cloud, value):
    """Evaluates an intrinsic function of the expanded template for this stack."""
    match value:
        case {"Fn::If": [condition, then, otherwise]}:
            conditions = {
                "MakesUsers": cloud.parameters["JwtIssuer"] == "",
                # The template of the last release has no such parameter.
                "RequiresScope": cloud.parameters.get("RequiredScope", "") != "",
            }
            return resolve(cloud, then if conditions[condition] else otherwise)
        case {"Ref": "AWS::NoValue"}:
            return None
        case {"Ref": name}:
            return cloud.parameters.get(name) or cloud.resources[name]
        case {"Fn::Sub": text}:
            variables = cloud.resources | {"AWS::Region": cloud.region}
            return re.sub(r"\$\{([\w:]+)\}", lambda match: variables[match.group(1)], text)
    return value
