using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;

namespace Market.Fuzzing;

/// <summary>A target's inputs in a folder, those that were found wrong, and the one that is running.</summary>
public sealed class FuzzCorpus
{
    private const int MostInputs = 20_000;
    private const string Running = "running.bin";
    private readonly string _folder;

    public FuzzCorpus(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        Inputs = [.. Directory.EnumerateFiles(folder, "*.input").Order(StringComparer.Ordinal).Take(MostInputs)
            .Select(File.ReadAllBytes)];
    }

    public static string DefaultFolder { get; } = Path.Combine(".", "data", "fuzz");

    public List<byte[]> Inputs { get; }

    public void Add(byte[] input)
    {
        if (Inputs.Count < MostInputs)
        {
            Inputs.Add(input);
            File.WriteAllBytes(Path.Combine(_folder, Name(input) + ".input"), input);
        }
    }

    /// <summary>Keeps an input that is wrong; returns where.</summary>
    public string AddFound(byte[] input)
    {
        var path = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "found")).FullName, Name(input) + ".input");
        File.WriteAllBytes(path, input);
        return path;
    }

    /// <summary>The input that was running when the process last ended of its own; null where none was.</summary>
    public byte[]? TakeUnfinished()
    {
        var path = Path.Combine(_folder, Running);
        if (!File.Exists(path))
        {
            return null;
        }

        var bytes = File.ReadAllBytes(path);
        File.Delete(path);
        var length = bytes.Length < sizeof(int) ? -1 : BitConverter.ToInt32(bytes);
        return length >= 0 && length <= bytes.Length - sizeof(int) ? bytes.AsSpan(sizeof(int), length).ToArray() : null;
    }

    /// <summary>Shared memory for the input that is running: it outlives a process that a stack overflow ends.</summary>
    public RunningInput OpenRunning(int maxLength) => new(Path.Combine(_folder, Running), maxLength);

    private static string Name(byte[] input) => Convert.ToHexStringLower(SHA256.HashData(input).AsSpan(0, 10));
}

/// <summary>A file that holds the length and bytes of the running input.</summary>
public sealed class RunningInput : IDisposable
{
    private const int None = -1;
    private readonly string _path;
    private readonly int _maxLength;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    public RunningInput(string path, int maxLength)
    {
        (_path, _maxLength) = (path, maxLength);
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Create, null, maxLength + sizeof(int));
        _view = _file.CreateViewAccessor();
        _view.Write(0, None);
    }

    public void Set(byte[] input)
    {
        var length = Math.Min(input.Length, _maxLength);
        _view.WriteArray(sizeof(int), input, 0, length);
        _view.Write(0, length);
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
        File.Delete(_path);
    }
}
