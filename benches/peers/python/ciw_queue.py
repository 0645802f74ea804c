"""M/M/c in Ciw: one node; it keeps a record of every customer.

Prints what it found and what it cost, as one line of JSON.
"""

import argparse

import ciw

from measure import measured


def simulate(count, rate, requests, seed):
    ciw.seed(seed)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate=rate)],
        service_distributions=[ciw.dists.Exponential(rate=1.0)],
        number_of_servers=[count],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(requests, method="Finish")
    return [record.exit_date - record.arrival_date for record in simulation.get_all_records()]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--servers", type=int, required=True)
    parser.add_argument("--requests", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    options = parser.parse_args()
    print(measured(lambda: simulate(options.servers, options.rate, options.requests, options.seed)))
