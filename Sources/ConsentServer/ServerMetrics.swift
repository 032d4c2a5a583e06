internal import ConsentLedger
internal import ConsentRules
internal import Synchronization

/// What the server counts, in Prometheus' text form. Labels are words of our own: never a contact, a token or a path.
final class ServerMetrics: Sendable {
    /// What came of a question, for the counts.
    struct Decided: Hashable, Sendable {
        let outcome: String
        let reason: String

        init(_ answer: Result<Answer, any Error>) {
            switch answer {
            case .success(let answer):
                outcome = answer.decision.outcome.rawValue
                reason = answer.decision.reasons.first?.code.rawValue ?? "none"
            case .failure(let error):
                outcome = "error"
                reason = Problem(error).code
            }
        }
    }

    private struct Answered: Hashable {
        let operation: String
        let status: Int
    }

    private struct Told: Hashable {
        let webhook: String
        let outcome: String
    }

    private struct Refused: Hashable {
        let witness: String
        let code: String
    }

    /// How often a value was so large: milliseconds, or records.
    private struct Histogram {
        var counts = [UInt64](repeating: 0, count: ServerMetrics.bounds.count + 1)
        var sum: UInt64 = 0

        mutating func count(_ value: UInt64) {
            counts[ServerMetrics.bounds.firstIndex { value <= $0 } ?? ServerMetrics.bounds.count] += 1
            sum += value
        }
    }

    private struct Counts {
        var requests: [Answered: UInt64] = [:]
        var latencies: [String: Histogram] = [:]
        var decisions: [Decided: UInt64] = [:]
        var events: [String: UInt64] = [:]
        var webhooks: [Told: UInt64] = [:]
        var appends = Histogram()
        var flushes = Histogram()
        var groups = Histogram()
        var cosignatures: [String: UInt64] = [:]
        var witnessFailures: [Refused: UInt64] = [:]
        var clearances: UInt64 = 0
        var anchorings: UInt64 = 0
        var failedAnchorings: UInt64 = 0
    }

    /// The upper bounds of the buckets, in milliseconds or records.
    private static let bounds: [UInt64] = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 10_000]

    private let counts = Mutex(Counts())

    /// Counts the cosignatures of each of `witnesses` from none on, so that one that never gives any is seen.
    init(witnesses: [String] = []) {
        counts.withLock { counts in
            for witness in witnesses { counts.cosignatures[witness] = 0 }
        }
    }

    func count(_ operation: String, status: Int, milliseconds: UInt64) {
        counts.withLock { counts in
            counts.requests[Answered(operation: operation, status: status), default: 0] += 1
            counts.latencies[operation, default: Histogram()].count(milliseconds)
        }
    }

    /// Something was recorded, or refused.
    func count(appendMilliseconds: UInt64) { counts.withLock { $0.appends.count(appendMilliseconds) } }

    /// Records became durable.
    func count(flush: FlushedGroup) {
        counts.withLock { counts in
            counts.flushes.count(flush.milliseconds)
            counts.groups.count(UInt64(flush.recordCount))
        }
    }

    func count(decisions: [Decided]) {
        counts.withLock { counts in
            for decided in decisions { counts.decisions[decided, default: 0] += 1 }
        }
    }

    func count(events: [NativeOutcome]) {
        counts.withLock { counts in
            for event in events {
                let outcome =
                    switch event.result {
                    case .success(.recorded): "recorded"
                    case .success(.alreadyRecorded): "already-recorded"
                    case .failure: "refused"
                    }
                counts.events[outcome, default: 0] += 1
            }
        }
    }

    func count(clearances: Int) { counts.withLock { $0.clearances += UInt64(clearances) } }

    func count(anchorings: Int, failed: Bool) {
        counts.withLock { counts in
            if failed { counts.failedAnchorings += UInt64(anchorings) } else { counts.anchorings += UInt64(anchorings) }
        }
    }

    func count(webhook: String, outcome: String) {
        counts.withLock { $0.webhooks[Told(webhook: webhook, outcome: outcome), default: 0] += 1 }
    }

    func count(cosignatureBy witness: String) {
        counts.withLock { $0.cosignatures[witness, default: 0] += 1 }
    }

    func count(failureOf witness: String, code: String) {
        counts.withLock { $0.witnessFailures[Refused(witness: witness, code: code), default: 0] += 1 }
    }

    /// What the ledger is like while it is counted.
    struct State: Sendable {
        /// How many records it has, and how many of them the published checkpoint covers.
        var size: UInt64 = 0
        var publishedSize: UInt64 = 0
        /// How old its last record is.
        var ageMilliseconds: UInt64 = 0
        /// How many clearances wait to be anchored.
        var waitingClearances: UInt64 = 0
    }

    /// The counts, and the ledger's state.
    func text(_ state: State) -> String {
        let counts = counts.withLock { $0 }
        var text = ""
        func begin(_ name: String, _ type: String, _ help: String) {
            text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
        }
        func sample(_ name: String, _ labels: [(String, String)], _ value: String) {
            let list = labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
            text += name + (list.isEmpty ? "" : "{\(list)}") + " \(value)\n"
        }
        begin("consentd_requests_total", "counter", "Requests that were answered.")
        let requests = counts.requests.sorted { ($0.key.operation, $0.key.status) < ($1.key.operation, $1.key.status) }
        for (answered, count) in requests {
            sample(
                "consentd_requests_total",
                [("operation", answered.operation), ("status", String(answered.status))], String(count))
        }
        begin("consentd_request_seconds", "histogram", "How long answering took, until the answer's body began.")
        func samples(
            _ name: String, _ labels: [(String, String)], _ histogram: Histogram, _ shown: (UInt64) -> String
        ) {
            var sum: UInt64 = 0
            for (bound, count) in zip(Self.bounds.map(shown) + ["+Inf"], histogram.counts) {
                sum += count
                sample(name + "_bucket", labels + [("le", bound)], String(sum))
            }
            sample(name + "_sum", labels, shown(histogram.sum))
            sample(name + "_count", labels, String(sum))
        }
        for (operation, histogram) in counts.latencies.sorted(by: { $0.key < $1.key }) {
            samples("consentd_request_seconds", [("operation", operation)], histogram, Self.seconds)
        }
        begin("consentd_append_seconds", "histogram", "How long recording took, until it was durable.")
        samples("consentd_append_seconds", [], counts.appends, Self.seconds)
        begin("consentd_flush_seconds", "histogram", "How long writing and flushing a group of records took.")
        samples("consentd_flush_seconds", [], counts.flushes, Self.seconds)
        begin("consentd_group_records", "histogram", "How many records shared a flush.")
        samples("consentd_group_records", [], counts.groups) { String($0) }
        begin("consentd_decisions_total", "counter", "Questions that were answered, by their first reason.")
        let decisions = counts.decisions.sorted { ($0.key.outcome, $0.key.reason) < ($1.key.outcome, $1.key.reason) }
        for (decided, count) in decisions {
            sample(
                "consentd_decisions_total", [("outcome", decided.outcome), ("reason", decided.reason)], String(count))
        }
        begin("consentd_events_total", "counter", "Events that were sent.")
        for (outcome, count) in counts.events.sorted(by: { $0.key < $1.key }) {
            sample("consentd_events_total", [("outcome", outcome)], String(count))
        }
        begin("consentd_webhook_items_total", "counter", "What platforms told.")
        let told = counts.webhooks.sorted { ($0.key.webhook, $0.key.outcome) < ($1.key.webhook, $1.key.outcome) }
        for (told, count) in told {
            sample(
                "consentd_webhook_items_total", [("webhook", told.webhook), ("outcome", told.outcome)], String(count))
        }
        begin("consentd_witness_cosignatures_total", "counter", "Cosignatures that witnesses gave.")
        for (witness, count) in counts.cosignatures.sorted(by: { $0.key < $1.key }) {
            sample("consentd_witness_cosignatures_total", [("witness", witness)], String(count))
        }
        begin("consentd_witness_failures_total", "counter", "Times that a witness was asked and gave none.")
        let refused = counts.witnessFailures.sorted { ($0.key.witness, $0.key.code) < ($1.key.witness, $1.key.code) }
        for (refused, count) in refused {
            sample(
                "consentd_witness_failures_total", [("witness", refused.witness), ("code", refused.code)],
                String(count))
        }
        begin("consentd_clearances_total", "counter", "Clearances that were given.")
        sample("consentd_clearances_total", [], String(counts.clearances))
        begin("consentd_clearances_waiting", "gauge", "Clearances that were given and are not anchored yet.")
        sample("consentd_clearances_waiting", [], String(state.waitingClearances))
        begin("consentd_anchorings_total", "counter", "Records that anchor clearances, and tries that failed.")
        sample("consentd_anchorings_total", [("outcome", "failed")], String(counts.failedAnchorings))
        sample("consentd_anchorings_total", [("outcome", "recorded")], String(counts.anchorings))
        begin("consentd_ledger_records", "gauge", "How many records the ledger has.")
        sample("consentd_ledger_records", [], String(state.size))
        begin("consentd_published_records", "gauge", "How many of them the published checkpoint covers.")
        sample("consentd_published_records", [], String(state.publishedSize))
        begin("consentd_ledger_age_seconds", "gauge", "How old its last record is.")
        sample("consentd_ledger_age_seconds", [], Self.seconds(state.ageMilliseconds))
        return text
    }

    /// A label's value as the text form has it: a policy may call a witness anything.
    private static func escaped(_ value: String) -> String {
        value.reduce(into: "") { text, character in
            text += character == "\\" || character == "\"" ? "\\\(character)" : String(character)
        }
    }

    /// Milliseconds as seconds, exactly.
    private static func seconds(_ milliseconds: UInt64) -> String {
        let rest = String(milliseconds % 1000)
        return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
    }
}
