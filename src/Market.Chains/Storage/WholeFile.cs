using System.Security.Cryptography;

namespace Market.Chains.Storage;

/// <summary>A file that is replaced whole: SHA-256 of what follows (32 bytes), and that. After a crash it is the one of before or
/// the one of after.</summary>
/// <param name="path">Its name.</param>
internal sealed class WholeFile(string path)
{
    /// <summary>What was written last; null where nothing was, and where the file is damaged.</summary>
    public ReadOnlyMemory<byte>? Read()
    {
        if (!File.Exists(path))
        {
            return null;
        }

        var bytes = File.ReadAllBytes(path);
        const int sum = SHA256.HashSizeInBytes;
        return bytes.Length >= sum && SHA256.HashData(bytes.AsSpan(sum)).AsSpan().SequenceEqual(bytes.AsSpan(0, sum))
            ? bytes.AsMemory(sum)
            : (ReadOnlyMemory<byte>?)null;
    }

    /// <summary>Replaces it; on the disk when the call returns.</summary>
    public void Write(ReadOnlySpan<byte> body)
    {
        var next = path + ".next";
        using (var file = new FileStream(next, FileMode.Create, FileAccess.Write))
        {
            file.Write(SHA256.HashData(body));
            file.Write(body);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
    }
}
