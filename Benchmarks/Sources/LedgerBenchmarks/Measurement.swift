import Foundation
import Glibc

/// Times on the machine's even clock, in seconds.
func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// The most memory the process ever had, in MiB.
func peakMemory() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Double(usage.ru_maxrss) / 1024
}

/// The time that the process has had on all cores, in seconds.
func processorTime() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

/// Prints a row of the result table.
func report(_ name: String, _ value: Double, _ unit: String, against other: (name: String, value: Double)? = nil) {
    let ratio = other.map { ", \(format(value / $0.value)) × \($0.name) (\(format($0.value)))" } ?? ""
    print("| \(name) | \(format(value)) \(unit)\(ratio) |")
}

/// Three significant digits or whole units.
func format(_ number: Double) -> String {
    if number >= 100 { return String(Int(number.rounded())) }
    let hundredths = Int((number * 100).rounded())
    let fraction = hundredths % 100
    return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
}

/// A directory that is removed at the end.
func withDirectory<Result>(_ body: (String) throws -> Result) rethrows -> Result {
    let path = "/var/tmp/consent-benchmark-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}
