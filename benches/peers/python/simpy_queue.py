"""M/M/c in SimPy, as its documentation would have it: a process per customer that requests one of the servers.

Prints what it found and what it cost, as one line of JSON.
"""

import argparse
import random

import simpy

from measure import measured


def customer(environment, servers, draws, times):
    arrived = environment.now
    with servers.request() as request:
        yield request
        yield environment.timeout(draws.expovariate(1.0))
    times.append(environment.now - arrived)


def arrivals(environment, servers, draws, times, rate, requests):
    for _ in range(requests):
        yield environment.timeout(draws.expovariate(rate))
        environment.process(customer(environment, servers, draws, times))


def simulate(count, rate, requests, seed):
    draws = random.Random(seed)
    environment = simpy.Environment()
    servers = simpy.Resource(environment, capacity=count)
    times = []
    environment.process(arrivals(environment, servers, draws, times, rate, requests))
    environment.run()
    return times


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--servers", type=int, required=True)
    parser.add_argument("--requests", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    options = parser.parse_args()
    print(measured(lambda: simulate(options.servers, options.rate, options.requests, options.seed)))
