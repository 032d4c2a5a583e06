internal import ConsentAudit
internal import ConsentLedger
internal import ConsentModel
internal import ConsentRules

/// How long opt-outs took to reach the ledger, and how long messages went on after them.
struct OptOutLatency {
    /// An opt-out.
    struct OptOut {
        let record: UInt64
        let type: EventType
        let source: String
        /// Why nobody knows how long it took, if nobody does.
        let apart: Apart?
        /// The first moment it can have happened; of one apart, when it was recorded.
        let occurredAt: Timestamp
        let recordedAt: Timestamp
        /// By when it has to be honoured.
        let due: Timestamp
        /// The last message after it, as far as the log of sends tells.
        var lastSend: Timestamp?

        /// How long it took to be recorded, at most, in milliseconds.
        var took: UInt64 { recordedAt.milliseconds - min(occurredAt, recordedAt).milliseconds }
        /// Whether it was recorded after it had to be honoured.
        var isLate: Bool { recordedAt >= due }
        /// How long messages went on after it, in milliseconds.
        var wentOn: UInt64? { lastSend.map { $0.milliseconds - min(occurredAt, $0).milliseconds } }
    }

    /// Why an opt-out is counted apart: how long it took is not known.
    enum Apart: String, CaseIterable {
        case unknownTime = "time-unknown"
        case timeOfWebhook = "time-of-webhook"
        case takenOver = "taken-over"
    }

    /// How a list of durations is spread, in milliseconds.
    struct Spread {
        let median: UInt64
        let ninetieth: UInt64
        let ninetyNinth: UInt64
        let longest: UInt64

        /// By the nearest rank; `nil` for none.
        init?(_ durations: some Sequence<UInt64>) {
            let sorted = durations.sorted()
            guard let last = sorted.last else { return nil }
            func quantile(_ percent: Int) -> UInt64 { sorted[max(0, (sorted.count * percent + 99) / 100 - 1)] }
            (median, ninetieth, ninetyNinth, longest) = (quantile(50), quantile(90), quantile(99), last)
        }
    }

    /// How many messages came after opt-outs.
    struct Sends {
        var rows = 0
        /// After an opt-out that was not recorded yet.
        var beforeRecorded = 0
        /// After an opt-out that was recorded.
        var afterRecorded = 0
        /// Of both, those after it had to be honoured.
        var afterDue = 0
        var unreadable = 0
        var errors: [ScreeningSummary.RowError] = []

        var afterOptOut: Int { beforeRecorded + afterRecorded }
    }

    /// By record.
    private(set) var optOuts: [UInt64: OptOut] = [:]
    private(set) var sends = Sends()

    private let days: BusinessDays

    /// The days within which an opt-out has to be honoured (47 CFR 64.1200(a)(10)).
    static let dueDays = 10

    init(days: BusinessDays) { self.days = days }

    /// Takes note of a record, if it is an opt-out.
    mutating func add(_ logged: LoggedEvent) {
        guard case .event(let event) = logged.payload, Self.isOptOut(event.type) else { return }
        let apart = Self.apart(event)
        let recordedAt = logged.record.recordedAt
        let occurredAt = apart == nil ? min(event.occurredAt?.start ?? recordedAt, recordedAt) : recordedAt
        optOuts[logged.record.index] = OptOut(
            record: logged.record.index, type: event.type, source: event.source ?? "", apart: apart,
            occurredAt: occurredAt, recordedAt: recordedAt, due: days.end(of: Self.dueDays, after: occurredAt))
    }

    private static func apart(_ event: Event) -> Apart? {
        if event.isImported || event.text(.method) == "import" { return .takenOver }
        if event.occurredAt == nil || event.flags.contains("time-unknown") { return .unknownTime }
        return event.flags.contains("time-of-webhook") ? .timeOfWebhook : nil
    }

    /// Takes note of a message and, where the person had opted out when it was sent, of the record that says so.
    mutating func add(_ sends: [Screening.Send]) {
        for send in sends {
            self.sends.rows += 1
            switch send.outcome {
            case .unreadable(let error):
                self.sends.unreadable += 1
                if self.sends.errors.count < ScreeningSummary.mostErrors { self.sends.errors.append(error) }
            case .answered(let sentAt, let stop):
                guard let stop, var optOut = optOuts[stop], sentAt > optOut.occurredAt else { continue }
                if sentAt < optOut.recordedAt { self.sends.beforeRecorded += 1 } else { self.sends.afterRecorded += 1 }
                if sentAt >= optOut.due { self.sends.afterDue += 1 }
                optOut.lastSend = max(optOut.lastSend ?? .epoch, sentAt)
                optOuts[stop] = optOut
            }
        }
    }

    /// Whether it is what a person did to be messaged less: a sentence that may be that binds until someone decides.
    private static func isOptOut(_ type: EventType) -> Bool {
        [.consentWithdrawn, .objected, .complained, .blocked, .reported, .reviewOpened].contains(type)
    }
}
