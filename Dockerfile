# SPDX-License-Identifier: Apache-2.0

# `docker build --tag kith .` compiles kith in a container and keeps only what runs.

FROM debian:bookworm-slim AS runtime
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      libzmq5 libspdlog1.10 libfmt9 libboost-context1.74.0 libtomlplusplus3 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --home-dir /var/lib/kith --create-home --shell /usr/sbin/nologin kith
WORKDIR /var/lib/kith
EXPOSE 7400
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=2s --timeout=3s --start-period=10s --retries=3 CMD ["kith", "health"]
ENTRYPOINT ["kith"]
CMD ["start"]

FROM debian:bookworm-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      g++ cmake ninja-build mold pkg-config libzmq3-dev cppzmq-dev libmsgpack-cxx-dev libasio-dev \
      libspdlog-dev libfmt-dev nlohmann-json3-dev libboost-context-dev libcli11-dev \
      libtomlplusplus-dev \
 && rm -rf /var/lib/apt/lists/*
COPY . /source
RUN cmake -S /source -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_LIBDIR=lib \
      -DKITH_BUILD_TESTS=OFF -DKITH_BUILD_EXAMPLES=OFF -DKITH_BUILD_BENCH=OFF \
 && cmake --build /build \
 && DESTDIR=/install cmake --install /build --prefix /usr/local --strip

FROM runtime
COPY --from=build /install/usr/local /usr/local
USER 10001
