"""Recipes by the hundred: git repositories with annotated tags, made by `git fast-import`; and the peers that read them."""

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

from recipes import GIT


def version(number):
    """The name of the tag with this number, from 0."""
    return f"1.{number}.0+{number}.0"


def repositories(directory, count, tags, name="recipe-{:04}"):
    """`count` bare repositories of `tags` versions each under `directory`; their folders."""
    os.makedirs(directory)
    template = f"{directory}/.template"
    git(None, "init", "-q", "--bare", "-b", "main", "--template=", template)
    folders = [os.path.join(directory, name.format(number)) for number in range(count)]

    def make(folder):
        shutil.copytree(template, folder)
        _import(folder, range(tags))

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(make, folders))
    shutil.rmtree(template)
    return folders


def git(folder, *arguments, given=None):
    """git without anybody's settings; what it prints."""
    where = ["-C", folder] if folder else []
    return subprocess.run(["git", *where, *arguments], input=given, stdout=subprocess.PIPE, check=True, env=GIT).stdout


def release(folder, number):
    """One more version of a repository that has `number` of them."""
    _import(folder, [number], parent=b"from refs/heads/main^0\n")


def _import(folder, numbers, parent=b""):
    name = os.path.basename(folder).removesuffix(".git")
    git(folder, "fast-import", "--quiet", given=b"".join(_commit(name, number, parent) for number in numbers))


def _commit(name, number, parent):
    who, when = b"bench <bench@allotment.invalid>", 1_700_000_000 + number * 86_400
    message = f"chore: publish {version(number)} release".encode()
    lines = [b"commit refs/heads/main", b"committer %s %d +0000" % (who, when), b"data %d" % len(message), message]
    body = b"\n".join(lines) + b"\n" + parent
    for path, text in _files(name, number).items():
        body += b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(text), text)
    tag = [b"tag %s" % version(number).encode(), b"from refs/heads/main", b"tagger %s %d +0000" % (who, when), b"data %d" % len(message), message]
    return body + b"\n" + b"\n".join(tag) + b"\n"


def _files(name, number):
    app = f"  app:\n    image: example/{name}:{number}.0\n    environment: [DOMAIN]\n    deploy:\n      labels:\n        - coop-cloud.${{STACK_NAME}}.version={version(number)}\n"
    database = "  db:\n    image: mariadb:10.11\n    volumes: [data:/var/lib/mysql]\n"
    metadata = "* **Category**: Apps\n* **Status**: 3, beta\n* **Image**: [`{0}`](https://hub.docker.com/r/example/{0}), 4, upstream\n* **Backups**: Yes\n".format(name)
    files = {
        "compose.yml": 'version: "3.8"\nservices:\n' + app + database + "volumes:\n  data:\n",
        "compose.smtp.yml": 'version: "3.8"\nservices:\n  app:\n    environment: [SMTP_HOST]\n',
        ".env.sample": f"TYPE={name}\nDOMAIN={name}.example.com\n" + "".join(f"#OPTION_{n}=value\n" for n in range(40)),
        "abra.sh": f"export APP_ENTRYPOINT_VERSION=v{number}\n",
        "README.md": f"# {name}\n\n> What {name} is for\n\n<!-- metadata -->\n{metadata}<!-- endmetadata -->\n\n" + "How it is used.\n" * 60,
        f"release/{version(number)}": f"What {version(number)} brings to {name}.\n",
    }
    return {path: text.encode() for path, text in files.items()}


def paths(number):
    """What the peers read of a version: as many files as a catalogue needs."""
    return ["compose.yml", "compose.smtp.yml", ".env.sample", "abra.sh", "README.md", f"release/{version(number)}"]


def cat_file(folders, tags):
    """One `git cat-file --batch` for each repository: bytes read, which says that it did."""
    wanted = "".join(f"{version(number)}:{path}\n" for number in range(tags) for path in paths(number)).encode()
    return sum(len(git(folder, "cat-file", "--batch", given=wanted)) for folder in folders)


def show(folders, tags):
    """One `git show` for each tag."""
    each = ((folder, [f"{version(number)}:{path}" for path in paths(number)]) for folder in folders for number in range(tags))
    return sum(len(git(folder, "show", *wanted)) for folder, wanted in each)


def mirror(folders, directory):
    """One `git clone --mirror` for each repository, over the same way as a network would take."""
    for folder in folders:
        git(None, "clone", "-q", "--mirror", f"file://{folder}", f"{directory}/{os.path.basename(folder)}")
    return [f"{directory}/{os.path.basename(folder)}" for folder in folders]
