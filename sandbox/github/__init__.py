"""A stand-in for GitHub over real git repositories: what deployments use of its API, and git over HTTP.

Paths, answers and refusals are those of GitHub's OpenAPI description, which the tests check every answer
against. What only the sandbox can do (read a secret back, end a workflow run) is not under the API's paths.
"""
