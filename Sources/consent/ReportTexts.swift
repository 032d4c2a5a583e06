internal import ConsentAudit
internal import ConsentModel

/// What the audit report says in words, in one place.
enum ReportTexts {
    static let none = "None."
    static let unnamedBusiness = "(the ledger itself)"
    static let adminKeys = "(admin keys)"
    static let allChannels = "(no channel named: all)"

    static func title(_ origin: String) -> String { "Audit report of the consent ledger \(origin)" }

    static func made(at time: String, version: String) -> String {
        "Made at \(time) by consent \(version), from the log alone. Times are in UTC, as RFC 3339."
    }

    static let testLedger = "This is a TEST ledger: it says of itself that it is for trying out."

    static func holds(_ size: UInt64, _ level: VerificationLevel) -> String {
        "Holds. All \(size) records verify up to the level \(level)."
    }

    static func doesNotVerify(_ findingCount: Int, soundBelow: UInt64) -> String {
        "Does not verify. \(findingCount) \(findingCount == 1 ? "finding" : "findings")"
            + (soundBelow > 0 ? "; everything below record \(soundBelow) holds." : ".")
    }

    static let pins = """
        What the auditor knew of the ledger from elsewhere. A key that lies beside a log proves nothing: what is not pinned \
        was taken from the log itself, so that a whole false log would pass as well.
        """
    static let notPinned = "not pinned"
    static let levels = """
        The levels, each with all before it: structure (files, framing, encodings), tree (hashes, links, checkpoints), \
        signatures (every statement, by a source authorised at its place), replay (every event valid in its place).
        """

    static let checkpoint = """
        The signed checkpoint that was verified: the published one or, where that cannot be read, the largest kept one that \
        can. Whoever keeps it can show later that the log before it was not changed.
        """
    static let notCounted = """
        The published checkpoint cannot be read, so that what the log holds was not counted: its sources, keys, notices and \
        figures are left out.
        """
    static let noCheckpoint = "No checkpoint could be read, so that nothing below is known."

    static let findings = "What in the log is not as it must be, in the order of the log."
    static let noFindings = "No damage was found."
    static func moreFindings(_ count: Int, shown: Int) -> String {
        "There are \(count) findings; the first \(shown) are listed, at most 100 of a kind."
    }

    static let evidence = """
        Checkpoints of this log that cannot all be true. Keep them: where the log's key signed them, they show that its history \
        was changed.
        """
    static let seenTrees =
        "Trees that others than the ledger saw: the records below each size are shown to have existed then; of many, the first "
        + "and the last"
    static let ownNotebook = "the auditor, by the notebook"

    static let notCovered = "What a reader could think this verification shows, and it does not."
    static let everythingCovered = "Nothing is noted here."

    static func counted(_ count: UInt64, of size: UInt64) -> String {
        count == size
            ? "The figures below count all \(size) records."
            : "The figures below count \(count) of \(size) records. The others are missing, damaged, or no records that this "
                + "software can read."
    }

    static let plot = """
        By the time of recording. Given: consent given, confirmed, renewed or resumed. Withdrawn: consent refused, withdrawn, \
        revoked or invalidated, and objections, complaints, blocks and reports.
        """
    static func plotSummary(_ series: ActSeries, given: UInt64, withdrawn: UInt64) -> String {
        guard let first = series.points.first, let last = series.points.last else { return noActs }
        return "\(given) given and \(withdrawn) withdrawn, by \(series.step.rawValue), from \(first.start.date) to "
            + "\(last.start.date)"
    }
    static let noActs = "No act was recorded by which a person let themselves be messaged, or ended it."

    static let sources = """
        The systems that state events, and their keys. Where the ledger itself holds a source's key (custody ledger), operator \
        and source are one, and its statements are no more than the operator's word. A key counts for the records after the \
        one that authorised it, until the one that revoked it; a restriction (an opt-out) binds whatever the state of its \
        source.
        """
    static let stillCounts = "still counts"
    static let allBusinesses = "all"

    static let keys = """
        The keys that sign governance, and those that sign checkpoints. A recovery key, if the ledger named one, is not used \
        by any rule of this version.
        """

    static let notices = """
        The words that persons were shown. A published notice existed when it was recorded; when a reconstructed one was shown \
        is attested by the operator alone.
        """
    static let stillShown = "still in use"

    static let anomalies = """
        What an auditor asks about. None of it is wrong by itself: a quiet night is a gap, and a list that is imported is late.
        """
    static let gaps = "Recorded more than an hour after the record before it: quiet, or a clock set ahead"
    static let late = "Recorded more than a day after it happened"
    static let early = "Recorded before it happened, as it says"
    static let undated = "Stated by a source without the time it happened"
    static let unknownNotices = "Names a notice that its business does not have"
    static let unauthorized =
        "Restriction from a source that was revoked, or is not authorised for the business: it binds"
    static let unreadable = "Missing, damaged, or no record that this software can read"
    static let flags = "What the recorder noticed or had to assume, by the flags of the records."

    static let limits = """
        A log shows that what was recorded is neither changed nor thinned out. It cannot show more:
        """
    static let limitList = [
        "That every act was recorded. An opt-out that nobody recorded leaves no trace; compare with the systems that captured "
            + "the acts, by samples in both directions (consent sample).",
        "That a record existed before the oldest checkpoint that somebody other than the operator kept, cosigned or "
            + "time-stamped. Checkpoints that were kept in the log itself are the operator's own.",
        "That nothing came after the last record of a contact's chain that one is shown.",
        "Who a handle is. The private facts open only with what is kept outside the log.",
    ]

    static let trust = "Who could have changed what this report rests on, and what they could not have done unseen:"
    /// DESIGN §9: who is compromised, what they can do, and what they cannot.
    static let trustRows = [
        (
            "the operator, holding all keys",
            "write a whole false history newer than the oldest checkpoint that anyone else kept, time-stamped or cosigned; "
                + "never record an opt-out",
            "change what is older than that"
        ),
        ("the admin key", "authorise false sources", "act unseen: it is in the log"),
        (
            "a source's key",
            "state false events for its businesses until revoked; events recorded after “compromised since” stop permitting, "
                + "and their opt-outs still bind",
            "change or remove what is there; speak for another source"
        ),
        (
            "the disk under the log", "stop the service",
            "change, reorder, drop or add below a kept checkpoint"
        ),
        (
            "the log key", "sign a second history; witnesses and kept checkpoints show it",
            "forge a source's statement"
        ),
    ]
}
