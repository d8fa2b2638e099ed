using System.Text;

namespace Market.Cli.Up;

/// <summary>A log that cannot fill a disk: lines are cut, a full file is put aside under a number, and only so many are kept. Only
/// its owner can read it.</summary>
public sealed class RotatingLog : IDisposable
{
    /// <summary>Files kept, the one that is written included.</summary>
    public const int Files = 5;

    /// <summary>Bytes of one file.</summary>
    public const long FileBytes = 10 * 1024 * 1024;

    /// <summary>Characters of a line; of a longer one the rest is left out.</summary>
    public const int LineLength = 4_000;

    private readonly Lock _gate = new();
    private readonly long _most;
    private StreamWriter _writer;
    private long _written;

    /// <summary>Goes on in a file.</summary>
    /// <param name="path">The file; full ones stand beside it as "name.1.log", the newest with the lowest number.</param>
    /// <param name="fileBytes">Bytes of one file.</param>
    public RotatingLog(string path, long fileBytes = FileBytes)
    {
        (Path, _most) = (path, fileBytes);
        _writer = Open();
    }

    /// <summary>The file that is written.</summary>
    public string Path { get; }

    /// <summary>Writes a line.</summary>
    public void WriteLine(string line)
    {
        var text = line.Length <= LineLength ? line : string.Concat(line.AsSpan(0, LineLength), " ...");
        lock (_gate)
        {
            if (_written > 0 && _written + text.Length > _most)
            {
                PutAside();
            }

            _writer.WriteLine(text);
            _written += Encoding.UTF8.GetByteCount(text) + 1;
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _writer.Dispose();
        }
    }

    private void PutAside()
    {
        _writer.Dispose();
        for (var number = Files - 1; number > 0; number--)
        {
            var from = number == 1 ? Path : Numbered(number - 1);
            if (File.Exists(from))
            {
                File.Move(from, Numbered(number), overwrite: true);
            }
        }

        _writer = Open();
    }

    private string Numbered(int number) => System.IO.Path.ChangeExtension(Path, $"{number}.log");

    private StreamWriter Open()
    {
        var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.Read };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var file = new FileStream(Path, options);
        _written = file.Length;
        return new StreamWriter(file) { AutoFlush = true };
    }
}
