import Glibc

/// What the disk gives: appends of `byteCount` bytes to a growing file, each followed by fdatasync, a second.
func bareAppends(byteCount: Int, seconds: Double) -> Double {
    withDirectory { directory in
        mkdir(directory, 0o700)
        let file = open(directory + "/bare", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        defer { close(file) }
        let bytes = [UInt8](repeating: 7, count: byteCount)
        let start = now()
        var count = 0
        while now() - start < seconds {
            guard write(file, bytes, byteCount) == byteCount, fdatasync(file) == 0 else {
                fatalError("the disk failed")
            }
            count += 1
        }
        return Double(count) / (now() - start)
    }
}
