import ConsentAudit
import DamagedLedgers
import Foundation
import TransparencyLog

/// Changes every byte of every file of a log, one at a time, cuts every file to every length, removes, doubles and
/// exchanges every file, adds files, and prints what the verifier made of it. `tools/tamper` runs it.
///
/// Of a bundle of evidence, every byte of every file and of its headers is changed, and every file dropped, doubled, moved,
/// cut and made longer.
///
///     tamper-campaign LOG [--every-bit]
///     tamper-campaign BUNDLE.zip [--most=N]      N of the changes, drawn

let arguments = CommandLine.arguments.dropFirst()
guard let directory = arguments.first(where: { !$0.hasPrefix("--") }) else {
    FileHandle.standardError.write(Data("usage: tamper-campaign LOG [--every-bit]\n".utf8))
    exit(64)
}
if directory.hasSuffix(".zip") {
    let most = arguments.compactMap { $0.hasPrefix("--most=") ? Int($0.dropFirst(7)) : nil }.first
    exit(try tamperWithEvidence(directory, most: most ?? .max))
}
let log = try MemoryLog(readingDirectory: directory)
let honest = try await Verifier(reader: log).verify()
guard honest.holds, let ledgerID = honest.facts.ledgerID, let keys = log.files["log.vkey"],
    let line = String(decoding: keys, as: UTF8.self).split(separator: "\n").last
else {
    FileHandle.standardError.write(Data("\(directory) does not hold before anything is changed\n".utf8))
    exit(65)
}
let pins = Pins(verifierKey: try VerifierKey(String(line)), ledgerID: ledgerID)
let campaign = TamperCampaign(log: log, pins: pins)
let masks: [UInt8] = arguments.contains("--every-bit") ? (0..<8).map { 1 << $0 } : [1]
let cases = campaign.fileCases() + campaign.addedFiles() + campaign.truncations() + campaign.byteCases(masks: masks)
let start = ContinuousClock.now
// Mixed, so that all cores have as much to do; the order changes no count.
var random = SplitMix(seed: 1)
let counts = try await campaign.run(
    cases.shuffled(using: &random), width: ProcessInfo.processInfo.activeProcessorCount)
for (kind, count) in counts.cases.sorted(by: { $0.key < $1.key }) { print("\(kind): \(count)") }
for level in VerificationLevel.allCases { print("found at \(level): \(counts.found[level] ?? 0)") }
print("signature lines of keys that were not given: \(counts.linesOfOtherKeys)")
print("older kept checkpoints removed, which only who kept them misses: \(counts.olderCheckpointsRemoved)")
print("without effect, as both files were alike: \(counts.withoutEffect)")
print("missed: \(counts.missed.count)")
for missed in counts.missed.prefix(100) { print("  \(missed)") }
print("found, but no finding names the file: \(counts.unnamed.count)")
for unnamed in counts.unnamed.prefix(100) { print("  \(unnamed)") }
print("\(counts.total) cases in \(ContinuousClock.now - start)")
exit(counts.missed.isEmpty && counts.unnamed.isEmpty ? 0 : 2)
