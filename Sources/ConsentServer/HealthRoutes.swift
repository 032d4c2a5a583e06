internal import ConsentLedger
internal import ConsentModel
internal import HTTPTypes
internal import Hummingbird

/// Whether the server lives, is ready, and what it counts: for those who run it.
enum HealthRoutes {
    static let routes = [
        Route(method: .get, path: "/healthz", operation: "health", roles: nil) { _ in
            Response(["status": .string("ok")])
        },
        Route(method: .get, path: "/readyz", operation: "readiness", roles: nil) { exchange in
            let failed = try await exchange.server.ledger.faults().map(\.rawValue)
            return Response(
                ["status": .string(failed.isEmpty ? "ready" : "not ready"), "failed": .strings(failed)],
                status: failed.isEmpty ? .ok : .serviceUnavailable)
        },
        Route(method: .get, path: "/metrics", operation: "metrics", roles: [.audit]) { exchange in
            try exchange.access.checkAll("what is counted")
            let (size, age) = try await exchange.server.ledger.read { [clock = exchange.server.clock] snapshot in
                (snapshot.size, snapshot.age(at: clock.now()))
            }
            let published = try await exchange.server.ledger.publishedSize()
            let waiting = try await exchange.server.ledger.waitingClearances()
            return Response(
                text: exchange.server.metrics.text(
                    ServerMetrics.State(
                        size: size, publishedSize: published, ageMilliseconds: age, waitingClearances: waiting)),
                mediaType: "text/plain; version=0.0.4; charset=utf-8")
        },
    ]
}
