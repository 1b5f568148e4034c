//! Opens files that are files: to open a pipe waits for somebody to write into it, and a device may never end. **I/O**

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

/// Opens a regular file to read it, at once or not at all. A link is followed.
///
/// # Errors
/// Those of the system, and [`refused`] for what is no file.
pub fn open(path: &Path) -> io::Result<File> {
    // Looked at first, since to open a device may do something; and asked of what was opened, since it may be another by then.
    refused(std::fs::metadata(path)?.file_type())?;
    // Of a pipe that took its place meanwhile no writer is waited for; a file knows no waiting.
    let file = OpenOptions::new().read(true).custom_flags(flags(OFlags::NONBLOCK)).open(path)?;
    refused(file.metadata()?.file_type())?;
    Ok(file)
}

/// All bytes of a regular file.
///
/// # Errors
/// Those of [`open`], and of reading.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Says what is no file.
///
/// # Errors
/// It is a folder, or neither that nor a file.
pub fn refused(kind: std::fs::FileType) -> io::Result<()> {
    match kind {
        kind if kind.is_file() => Ok(()),
        kind if kind.is_dir() => Err(io::Error::from(io::ErrorKind::IsADirectory)),
        _ => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file")),
    }
}

/// As the standard library takes them.
fn flags(flags: OFlags) -> i32 {
    i32::try_from(flags.bits()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_are_opened_and_nothing_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let (file, pipe, socket) =
            (folder.path().join("file"), folder.path().join("pipe"), folder.path().join("socket"));
        std::fs::write(&file, "text").unwrap();
        std::os::unix::fs::symlink(&file, folder.path().join("link")).unwrap();
        std::os::unix::fs::symlink("nothing", folder.path().join("dangling")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let _bound = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for name in ["file", "link"] {
            assert_eq!(read(&folder.path().join(name)).unwrap(), b"text");
        }
        for no_file in [&pipe, &socket, Path::new("/dev/zero"), Path::new("/dev/null")] {
            assert_eq!(open(no_file).unwrap_err().to_string(), "it is no regular file", "{}", no_file.display());
        }
        assert_eq!(open(folder.path()).unwrap_err().kind(), io::ErrorKind::IsADirectory);
        assert_eq!(open(&folder.path().join("dangling")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
