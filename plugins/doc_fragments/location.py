# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options about where the models are and how the SDK is asked."""

    DOCUMENTATION = r"""
options:
  path:
    description:
      - The model directory, that is the folder that holds the models of one OCR application. It must be absolute.
      - Without it the SDK is asked, as O(user) or the user that the module runs as, because the answer depends on that
        user's home directory and environment.
      - Links on the way are followed when root, O(user) or the user that the module runs as owns them. A link of
        another user is followed only to a directory of that same user.
    type: str
  working_dir:
    description:
      - The folder in which the OCR application runs.
      - The SDK keeps the models of its OCR below it, as C(*.ocr) files in C(aspose_data). With this set, and no model
        directory named, facts and prune are about these as well as about the models of its AI.
      - Needed where the SDK answers a path relative to it, which it does when the user has no C(~/.local/share).
    type: str
  sdk_python:
    description:
      - The Python in which the SDK is installed, for example that of the OCR application's virtual environment.
      - The default is the Python that runs the module.
    type: str
  engine:
    description:
      - Whether the SDK's engine is asked for its model directory and its list of models, and then released.
      - It runs in a process of its own, which has ended, with every handle, before the module goes on.
    type: str
    choices:
      auto: Use the SDK when it answers. Otherwise say why not in RV(ignore:engine), and go on when O(path) is set.
      required: Fail when the SDK does not answer.
      skip: Never start it. O(path) is needed then.
    default: auto
  engine_timeout:
    description: After so many seconds the engine's process is ended, and counts as failed.
    type: int
    default: 60
notes:
  - An empty text is as good as null for options that are text or lists, and leaves them unset. Ansible refuses it for
    numbers, booleans and options with choices. There hand on a variable that can be empty with C(default(omit, true)).
"""

    USER = r"""
options:
  user:
    version_added: 1.1.0
    description:
      - The user of the OCR application, by name or number. The module, run as root, takes on that user's identity
        (user, group and supplementary groups) for everything that takes a path, and the SDK runs as that user for good.
        So the owner of the models can lead the run nowhere that the owner could not go, and still every process is
        seen, which only root can.
      - Root it stays for C(/proc) and for the question to the kernel whether a model is in use.
      - C(~) in paths is this user's home directory then, and a path with a C($) is refused.
      - Without root only the very user that the module runs as can be named. Where C(sudo) allows only that user, set
        C(ansible_become_user) and leave this out.
    type: str
"""

    PATHS = r"""
options:
  paths:
    version_added: 1.1.0
    description:
      - The model directories of one application, each as O(path) names one. They are worked on together, and the result
        covers all of them.
      - One that is named twice, or lies inside another, is refused. One that does not exist is reported as that.
      - Not to be set together with O(path). Applications of several users take a call each, with its O(user).
    type: list
    elements: str
"""
