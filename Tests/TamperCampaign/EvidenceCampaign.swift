import ConsentAudit
import DamagedLedgers
import Foundation
import TransparencyLog

/// Runs the campaign over a bundle of evidence, or as many changes of it as are asked for, and prints what came of it; gives
/// the status to exit with.
func tamperWithEvidence(_ path: String, most: Int) throws -> Int32 {
    let bundle = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    let honest = try EvidenceVerifier(pins: Pins()).verify(MemorySource(bundle))
    guard honest.holds, let key = honest.signatures.first(where: { $0.key.use == .note })?.key else {
        FileHandle.standardError.write(Data("\(path) does not hold before anything is changed\n".utf8))
        return 65
    }
    let start = ContinuousClock.now
    let outcome = try EvidenceTampering(
        bundle, pins: Pins(verifierKey: key, ledgerID: honest.ledgerID), mostCases: most, seed: 1
    ).run()
    for (kind, count) in outcome.cases.sorted(by: { $0.key < $1.key }) { print("\(kind): \(count)") }
    print("missed: \(outcome.missed.count)")
    for missed in outcome.missed.prefix(100) { print("  \(missed)") }
    print("in \(start.duration(to: .now))")
    return outcome.missed.isEmpty ? 0 : 1
}
