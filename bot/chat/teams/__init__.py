"""The Teams front: Adaptive Cards out (`cards`, `front`), the Teams SDK in (`door`, `people`), and what installs it.

Everything about Teams' side of things stays in this folder: no handler, prompt or table knows a conversation's id.
`call`, `cards`, `manifest`, `pictures` and `workflow` need no Teams SDK; the rest is imported only
where Teams is set up.
"""

import warnings

warnings.filterwarnings("ignore", message="HtmlWidget")  # a preview that the SDK speaks of, and nothing here uses
