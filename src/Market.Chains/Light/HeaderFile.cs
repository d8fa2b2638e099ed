using Market.Bitcoin;

namespace Market.Chains.Light;

/// <summary>The headers of one branch, 80 bytes each, by height: in a file, or in memory where nothing is to be kept.</summary>
internal sealed class HeaderFile : IDisposable
{
    /// <summary>Headers kept at most (Bitcoin has so many in about the year 2085): 320 MB.</summary>
    public const int MostHeaders = 4_000_000;

    private const int Recent = 4_096;

    private readonly Stream _stream;
    private readonly byte[] _record = new byte[BlockHeader.Length];
    private readonly (int Height, BlockHeader? Header)[] _recent = new (int, BlockHeader?)[Recent];

    private HeaderFile(Stream stream) => _stream = stream;

    /// <summary>How many there are.</summary>
    public int Count => (int)Math.Min(_stream.Length / BlockHeader.Length, MostHeaders);

    /// <summary>Opens or makes the file; one process at a time.</summary>
    /// <exception cref="IOException">Another process has it open.</exception>
    public static HeaderFile Open(string? path)
    {
        if (path is null)
        {
            return new HeaderFile(new MemoryStream());
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return new HeaderFile(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1 << 16));
    }

    public BlockHeader? Read(int height)
    {
        if (_recent[height % Recent] is { Header: { } known } && _recent[height % Recent].Height == height)
        {
            return known;
        }

        _stream.Position = (long)height * BlockHeader.Length;
        _stream.ReadExactly(_record);
        if (!BlockHeader.TryParse(_record.ToArray(), out var header))
        {
            return null;
        }

        _recent[height % Recent] = (height, header);
        return header;
    }

    public void Write(int height, BlockHeader header)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(height, MostHeaders);
        header.CopyTo(_record);
        _stream.Position = (long)height * BlockHeader.Length;
        _stream.Write(_record);
        _recent[height % Recent] = (height, header);
    }

    public void Truncate(int count)
    {
        _stream.SetLength((long)count * BlockHeader.Length);
        Array.Clear(_recent);
    }

    public void Flush() => _stream.Flush();

    public void Dispose() => _stream.Dispose();
}
