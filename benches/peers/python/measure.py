"""What a simulation found, and what it cost: the same line that the Rust programs print."""

import json
import resource
import time


def measured(simulate):
    """Simulates (the answer is a list of times in seconds). Starting Python and importing the simulator do not count."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    started = time.perf_counter()
    times = simulate()
    mean = sum(times) / len(times)
    times.sort()
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_SELF)
    user = after.ru_utime - before.ru_utime
    system = after.ru_stime - before.ru_stime
    return json.dumps(
        {
            "requests": len(times),
            "events": None,
            "mean_seconds": mean,
            "p99_seconds": times[int(0.99 * len(times))],
            "cpu_seconds": user + system,
            "user_seconds": user,
            "wall_seconds": wall,
            "peak_kilobytes": after.ru_maxrss,
        }
    )
