/// Verifies a log from its files alone, with nothing of the software that wrote it but the formats.
public struct Verifier: Sendable {
    private let reader: any LogReader
    private let pins: Pins

    /// Verifies the log that `reader` reads, as the ledger that `pins` names.
    public init(reader: any LogReader, pins: Pins = Pins()) {
        self.reader = reader
        self.pins = pins
    }

    /// Verifies up to `level` and, if given, compares `index` with the log. Damage is in the report; only a failure to
    /// read is thrown, as the reader throws it. All cores verify; memory does not grow with the log, but for two bits a
    /// record and eight bytes a contact and, at `replay`, eight bytes a record (twice that for moments, while it grows).
    /// `progress` is called now and then, in order.
    public func verify(
        level: VerificationLevel = .replay, index: (any IndexReader)? = nil,
        progress: (VerificationProgress) -> Void = { _ in }
    ) async throws -> VerificationReport {
        let run = try VerificationRun(reader: reader, pins: pins, level: level, index: index)
        return try await run.verify(progress: progress)
    }
}
