internal import ConsentPersons
internal import Glibc

extension OpenFile {
    /// The file at `path`; throws `cannotBeRead` or `notPermitted`.
    convenience init(reading path: String) throws {
        // Without waiting for whoever would write to a pipe.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw CommandError.reading(path) }
        var information = stat()
        guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw CommandError(.cannotBeRead, "\(path) is not a file; name a bundle of evidence")
        }
        try self.init(descriptor, name: path)
    }
}
