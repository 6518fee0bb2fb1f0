// no error
// SPDX-License-Identifier: Apache-2.0
#include <kith/kith.hpp>

// Naming one option causes no warning about the others.
kith::NodeOptions node{.name = "a"};
kith::Application application{.node = {.name = "a"}};
kith::SystemOptions system_options{.workers = 0};
kith::StartOptions start{.label = "a"};
kith::ChildSpec spec{.id = "a"};
kith::Backoff backoff{.factor = 3};
kith::SupervisorOptions supervisor{.name = "a"};
kith::DynamicSupervisorOptions dynamic{.name = "a"};
kith::PartitionSupervisorOptions partition{.name = "a"};
kith::TaskSupervisorOptions tasks{.name = "a"};
kith::WorkerPoolOptions pool{.name = "a"};
kith::RegistryOptions registry{.partitions = 2};
kith::RateLimiterOptions limit{.limit = 5};
kith::CircuitBreakerOptions breaker{.failure_threshold = 3};
kith::CacheOptions cache{.rows_max = 10};
kith::ValueTableOptions table{.key_position = 2};
kith::OwnedTableOptions owned{.name = "a"};
