import Foundation

/// Test vectors that others made, which are not part of the project: in `$CONSENT_VECTORS`, else in
/// `../shared/vectors` beside it.
enum OutsideVectors {
    static let skipped: String = "outside vectors are absent: set CONSENT_VECTORS to their folder"

    /// The file or folder `name` among the vectors; `nil` if it is not there.
    static func url(_ name: String) -> URL? {
        let folder: URL
        if let path = ProcessInfo.processInfo.environment["CONSENT_VECTORS"] {
            folder = URL(fileURLWithPath: path)
        } else {
            let package = URL(fileURLWithPath: #filePath)
                .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            folder = package.deletingLastPathComponent().appendingPathComponent("shared/vectors")
        }
        let url = folder.appendingPathComponent(name)
        return FileManager.default.fileExists(atPath: url.path) ? url : nil
    }
}
