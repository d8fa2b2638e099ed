namespace Market.Bitcoin;

/// <summary>What legacy signing does to the script it covers.</summary>
internal static class ScriptCode
{
    /// <summary>Takes every push of a signature out of a script, where it stands at an operation's start.</summary>
    /// <param name="script">The script; a new one where something was found.</param>
    /// <param name="signature">The signature with its hash type's byte.</param>
    /// <returns>True where something was found.</returns>
    public static bool FindAndDelete(ref ReadOnlySpan<byte> script, ReadOnlySpan<byte> signature)
    {
        // Most scripts do not hold the signature's bytes at all.
        if (!signature.IsEmpty && script.IndexOf(signature) < 0)
        {
            return false;
        }

        var push = new ScriptBuilder().PushBytes(signature).Build().Span;
        byte[]? result = null;
        var (length, from) = (0, 0);
        var reader = new ScriptReader(script);
        while (true)
        {
            var at = reader.Position;
            while (script[at..].StartsWith(push))
            {
                result ??= new byte[script.Length];
                script[from..at].CopyTo(result.AsSpan(length));
                length += at - from;
                at += push.Length;
                from = at;
            }

            reader.MoveTo(at);
            if (!reader.TryRead(out _, out _))
            {
                break;
            }
        }

        if (result is null)
        {
            return false;
        }

        script[from..].CopyTo(result.AsSpan(length));
        script = result.AsSpan(0, length + script.Length - from);
        return true;
    }
}
