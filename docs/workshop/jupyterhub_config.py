"""JupyterHub for a class on one server: README.md beside this file says how to set it up, and what it takes.

sudo .venv/bin/jupyterhub -f docs/workshop/jupyterhub_config.py
"""

import sys
from pathlib import Path

c = get_config()  # noqa: F821 (JupyterHub gives it)

HERE = Path(sys.executable).parent  # where explorer, jupyterhub and jupyterhub-singleuser are
BUNDLE = Path("/srv/explorer/class.zip")  # explorer bundle v3.4 v6.12 -o /srv/explorer/class.zip
FIRST = "explorer-notebooks/00-how-a-frame-reaches-a-tap.ipynb"

# Who may come in: the machine's own accounts. A student may use her own server, a teacher see and stop all of them.
c.JupyterHub.authenticator_class = "pam"
c.PAMAuthenticator.allowed_groups = {"students", "teachers"}
c.PAMAuthenticator.admin_groups = {"teachers"}

# What a student gets: a JupyterLab that runs as herself, in her home, with notebooks of her own.
c.JupyterHub.spawner_class = "localprocess"
COPY_AND_SERVE = f'{HERE}/explorer lab explorer-notebooks --copy-only && exec {HERE}/jupyterhub-singleuser "$@"'
c.Spawner.cmd = ["sh", "-c", COPY_AND_SERVE, "explorer"]
c.Spawner.default_url = f"/lab/tree/{FIRST}"
if BUNDLE.is_file():
    c.Spawner.environment = {"EXPLORER_BUNDLE": str(BUNDLE)}  # no student asks a mirror, so no mirror refuses the class

# A class comes at once: everyone may wait in the queue for a processor, nobody is turned away.
c.Spawner.start_timeout = c.Spawner.http_timeout = 300

# Who leaves her seat gives the memory back: a kernel idle for an hour ends, a server without kernels soon after.
c.Spawner.args = [
    "--MappingKernelManager.cull_idle_timeout=3600",
    "--MappingKernelManager.cull_connected=True",
    "--ServerApp.shutdown_no_activity_timeout=600",
]
