namespace Market.Client.Files;

/// <summary>
/// A file of lines that only grows; one process at a time has it. What was appended is on disk when the call returns. A line that
/// a crash or a full disk cut short is cut off, and never joined with the next one.
/// </summary>
public sealed class DurableLines : IDisposable
{
    private const byte End = (byte)'\n';

    private readonly FileStream _file;
    private readonly FileStream _only;
    private readonly string _path;
    private long _end;

    private DurableLines(FileStream file, FileStream only, string path) => (_file, _only, _path) = (file, only, path);

    /// <summary>Opens or begins a file and hands over the lines that it has.</summary>
    /// <param name="path">Where; its folder is made.</param>
    /// <param name="read">Is given each line without its end; false where it cannot read it.</param>
    /// <exception cref="IOException">Another process has it open.</exception>
    /// <exception cref="InvalidDataException">A line that others follow cannot be read: that is damage, not a crash.</exception>
    public static DurableLines Open(string path, Predicate<ReadOnlyMemory<byte>> read)
    {
        var folder = DurableFile.MakeFolderOf(path);
        // The lock is a file of its own, so that the lines can be read while they are in use.
        var only = new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        FileStream? file = null;
        try
        {
            var isNew = !File.Exists(path);
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
            if (isNew)
            {
                DurableFile.FlushFolder(folder);
            }

            var lines = new DurableLines(file, only, path);
            lines.Read(read);
            return lines;
        }
        catch
        {
            file?.Dispose();
            only.Dispose();
            throw;
        }
    }

    /// <summary>Appends a line; on disk when this returns.</summary>
    /// <param name="line">Without an end, and without one within.</param>
    /// <exception cref="IOException">The disk does not take it: the file is as it was.</exception>
    public void Append(ReadOnlySpan<byte> line)
    {
        if (line.Contains(End))
        {
            throw new ArgumentException("A line ends where it ends.", nameof(line));
        }

        try
        {
            // Behind the last whole line, whatever a write that failed has left there.
            _file.SetLength(_end);
            _file.Seek(_end, SeekOrigin.Begin);
            _file.Write([.. line, End]);
            _file.Flush(flushToDisk: true);
            _end += line.Length + 1;
        }
        catch (IOException)
        {
            CutBack();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _only.Dispose();
    }

    private void Read(Predicate<ReadOnlyMemory<byte>> read)
    {
        var bytes = new byte[_file.Length];
        _file.ReadExactly(bytes);
        var good = 0;
        while (good < bytes.Length)
        {
            var length = bytes.AsSpan(good).IndexOf(End);
            if (length < 0)
            {
                break;
            }

            if (!read(bytes.AsMemory(good, length)))
            {
                // A crash can leave the last line with its end and without its middle: its pages reach the disk in any order.
                if (good + length + 1 < bytes.Length)
                {
                    throw new InvalidDataException($"{_path} is damaged at byte {good}. Restore it before going on.");
                }

                break;
            }

            good += length + 1;
        }

        _end = good;
        _file.SetLength(_end);
    }

    private void CutBack()
    {
        try
        {
            _file.SetLength(_end);
        }
        catch (IOException)
        {
            // The next append cuts it, or the next start.
        }
    }
}
