"""The Slack front: Block Kit out (`blocks`, `front`), Bolt in (`bolt`), and what installs it (`manifest`, `check`).

Everything about Slack's side of things stays in this folder: no handler, prompt or table knows a channel id.
"""
