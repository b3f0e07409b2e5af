"""The Python side of bench/compose: asyncio and a thread pool, as one writes it with the standard library.

    loader.py FOLDER LATENCY_US WORKERS ENTRY...

Answers each line of its input as measure.cc does. `parallel` begins with nothing known, `warm` has the same components
in its cache, which is keyed by path, by what tells that the file has not changed, and by context.
"""
import asyncio
import hashlib
import json
import os
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from graphlib import TopologicalSorter

CONTEXT = {"project_name": "MyProject", "version": "1.2.3"}
REFERENCE = re.compile(r"\{\{\s*component:\s*([^}\n]+?)\s*\}\}")
VARIABLE = re.compile(r"\{([^{}\n]+)\}")
INCLUDES = re.compile(r"^includes:\s*\n((?:\s+-\s*[^\n]+\n)*)", re.M)


class Loader:
    def __init__(self, base, latency, workers, pool):
        self.base = base
        self.latency = latency
        self.pool = pool
        self.sources = {}  # path -> (stamp, text, dependencies)
        self.cache = {}  # (path, stamp, context) -> composed

    def read(self, path):
        """On a thread of the pool: what the file has, read anew only if it changed."""
        name = os.path.join(self.base, path)
        status = os.stat(name)
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        known = self.sources.get(path)
        if known and known[0] == stamp:
            return known
        if self.latency:
            time.sleep(self.latency)
        with open(name, encoding="utf-8") as file:
            text = file.read()
        front = text[: text.find("\n---", 3)] + "\n" if text.startswith("---") else ""
        dependencies = [line.strip()[1:].strip() for block in INCLUDES.findall(front) for line in block.splitlines()]
        dependencies += REFERENCE.findall(text)
        known = self.sources[path] = (stamp, text, list(dict.fromkeys(dependencies)))
        return known

    def compose(self, path, source, results, context):
        """On a thread of the pool: a component whose dependencies are composed."""
        stamp, text, dependencies = source
        key = (path, stamp, context, tuple(results[each][0] for each in dependencies))
        key = hash(key)
        composed = self.cache.get(key)
        if composed is None:
            begin = 0
            if text.startswith("---"):
                begin = text.index("\n---", 3) + 4
                begin = text.index("\n", begin) + 1
                while text.startswith("\n", begin):
                    begin += 1
            substitute = lambda part: VARIABLE.sub(lambda found: CONTEXT.get(found[1], found[0]), part)
            body = ""
            done = begin
            for found in REFERENCE.finditer(text, begin):
                body += substitute(text[done : found.start()]) + results[found[1]][2]
                done = found.end()
            body += substitute(text[done:])
            composed = self.cache[key] = (substitute(text[:begin]) + body, body.rstrip("\r\n"))
        return (key, composed[0], composed[1])

    async def load(self, entries):
        loop = asyncio.get_running_loop()
        context = hashlib.md5(json.dumps(CONTEXT, sort_keys=True).encode()).hexdigest()
        sources = {}
        pending = {path: loop.run_in_executor(self.pool, self.read, path) for path in entries}
        names = {future: path for path, future in pending.items()}
        waiting = set(names)
        while waiting:
            finished, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for future in finished:
                source = sources[names[future]] = future.result()
                for path in source[2]:
                    if path not in pending:
                        pending[path] = further = loop.run_in_executor(self.pool, self.read, path)
                        names[further] = path
                        waiting.add(further)
        graph = TopologicalSorter({path: source[2] for path, source in sources.items()})
        graph.prepare()
        results = {}
        while graph.is_active():
            phase = graph.get_ready()
            tasks = [loop.run_in_executor(self.pool, self.compose, path, sources[path], results, context) for path in phase]
            for path, result in zip(phase, await asyncio.gather(*tasks)):
                results[path] = result
            graph.done(*phase)
        return [results[path][1] for path in entries]


def main():
    base, latency, workers, *entries = sys.argv[1:]
    latency, workers = int(latency) / 1e6, int(workers)
    pool = ThreadPoolExecutor(workers)
    loop = asyncio.new_event_loop()
    kept = Loader(base, latency, workers, pool)
    for mode in sys.stdin:
        loader = kept if mode.strip() == "warm" else Loader(base, latency, workers, pool)
        repeats = 10 if loader is kept else 1  # as measure.cc does
        start = time.perf_counter()
        for _ in range(repeats):
            contents = loop.run_until_complete(loader.load(entries))
        taken = (time.perf_counter() - start) * 1e3 / repeats
        text = "".join(contents)
        print(f"{taken:.4f} {hashlib.sha256(text.encode()).hexdigest()[:16]}", flush=True)


main()
