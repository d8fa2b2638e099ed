namespace Market.Bitcoin.Wallet;

/// <summary>Reads scripts back into miniscripts: operations from the last to the first, as their order tells what stands before
/// them.</summary>
internal sealed class MiniscriptDecoder
{
    private readonly List<(Opcode Op, ReadOnlyMemory<byte> Data)> _tokens;
    private readonly bool _tapscript;
    private int _at;
    private int _depth;

    private MiniscriptDecoder(List<(Opcode Op, ReadOnlyMemory<byte> Data)> tokens, bool tapscript)
    {
        _tokens = tokens;
        _tapscript = tapscript;
        _at = tokens.Count - 1;
    }

    /// <summary>Takes the script apart; null where it is too long or cut short.</summary>
    public static MiniscriptDecoder? Create(Script script, bool tapscript)
    {
        if (script.Length > Script.MaxSize)
        {
            return null;
        }

        var tokens = new List<(Opcode, ReadOnlyMemory<byte>)>();
        var reader = new ScriptReader(script.Span);
        while (reader.TryRead(out var opcode, out var data))
        {
            Opcode? bare = opcode switch
            {
                Opcode.OP_EQUALVERIFY => Opcode.OP_EQUAL,
                Opcode.OP_NUMEQUALVERIFY => Opcode.OP_NUMEQUAL,
                Opcode.OP_CHECKSIGVERIFY => Opcode.OP_CHECKSIG,
                Opcode.OP_CHECKMULTISIGVERIFY => Opcode.OP_CHECKMULTISIG,
                _ => null,
            };
            tokens.Add((bare ?? opcode, script.Memory.Slice(reader.Position - data.Length, data.Length)));
            if (bare is not null)
            {
                tokens.Add((Opcode.OP_VERIFY, default));
            }
        }

        return reader.Failed ? null : new MiniscriptDecoder(tokens, tapscript);
    }

    /// <summary>The expression; null where it is none. What it compiles to is the caller's to compare.</summary>
    public Miniscript? DecodeWhole()
    {
        var result = Expression();
        return _at < 0 ? result : null;
    }

    private Miniscript? Expression()
    {
        if (++_depth > Miniscript.MaxDepth)
        {
            return null;
        }

        var result = Single();
        while (result is not null && _at >= 0 && Peek() is not (Opcode.OP_IF or Opcode.OP_NOTIF or Opcode.OP_ELSE
            or Opcode.OP_TOALTSTACK or Opcode.OP_SWAP))
        {
            result = result.Depth < Miniscript.MaxDepth ? Node(MiniscriptFragment.AndV, Single(), result) : null;
        }

        _depth--;
        return result;
    }

    private Miniscript? Single()
    {
        if (_at < 0 || ++_depth > Miniscript.MaxDepth)
        {
            return null;
        }

        var (op, data) = _tokens[_at--];
        var result = op switch
        {
            Opcode.OP_0 => Node(MiniscriptFragment.False),
            Opcode.OP_1 => Node(MiniscriptFragment.True),
            (Opcode)33 when !_tapscript && PublicKey.TryParse(data.Span, out _) => Key(data),
            (Opcode)32 when _tapscript && Curve.IsXOnlyKey(data.Span) => Key(data),
            Opcode.OP_CHECKSEQUENCEVERIFY => Lock(MiniscriptFragment.Older),
            Opcode.OP_CHECKLOCKTIMEVERIFY => Lock(MiniscriptFragment.After),
            Opcode.OP_CHECKMULTISIG => Multi(),
            Opcode.OP_NUMEQUAL => MultiA(),
            Opcode.OP_CHECKSIG => Node(MiniscriptFragment.WrapC, Single()),
            Opcode.OP_VERIFY => KeyHash() ?? Node(MiniscriptFragment.WrapV, Single()),
            Opcode.OP_0NOTEQUAL => Node(MiniscriptFragment.WrapN, Single()),
            Opcode.OP_EQUAL => HashLock() ?? Thresh(),
            Opcode.OP_BOOLAND => Pair(MiniscriptFragment.AndB),
            Opcode.OP_BOOLOR => Pair(MiniscriptFragment.OrB),
            Opcode.OP_ENDIF => Branches(),
            _ => null,
        };
        _depth--;
        return result;
    }

    private Miniscript? KeyHash()
    {
        if (Peek(0) != Opcode.OP_EQUAL || Peek(1) != (Opcode)20 || Peek(2) != Opcode.OP_HASH160
            || Peek(3) != Opcode.OP_DUP)
        {
            return null;
        }

        var hash = new Hash160(_tokens[_at - 1].Data.Span);
        _at -= 4;
        return new Miniscript(
            MiniscriptFragment.PkH, _tapscript, 0, [new MiniscriptKey(hash.ToString(), default, hash)]);
    }

    private Miniscript? HashLock()
    {
        var fragment = Peek(1) switch
        {
            Opcode.OP_SHA256 => MiniscriptFragment.Sha256,
            Opcode.OP_HASH256 => MiniscriptFragment.Hash256,
            Opcode.OP_RIPEMD160 => MiniscriptFragment.Ripemd160,
            Opcode.OP_HASH160 => MiniscriptFragment.Hash160,
            _ => MiniscriptFragment.False,
        };
        var length = fragment is MiniscriptFragment.Sha256 or MiniscriptFragment.Hash256 ? 32 : 20;
        if (fragment == MiniscriptFragment.False || Peek(0) != (Opcode)length || Peek(2) != Opcode.OP_VERIFY
            || Peek(3) != Opcode.OP_EQUAL || NumberAt(4) != 32 || Peek(5) != Opcode.OP_SIZE)
        {
            return null;
        }

        var hash = _tokens[_at].Data;
        _at -= 6;
        return new Miniscript(fragment, _tapscript, 0, default, hash);
    }

    private Miniscript? Lock(MiniscriptFragment fragment)
    {
        if (NumberAt(0) is not (> 0 and <= int.MaxValue and var number))
        {
            return null;
        }

        _at--;
        return new Miniscript(fragment, _tapscript, (uint)number);
    }

    private Miniscript? Multi()
    {
        if (NumberAt(0) is not (> 0 and <= Miniscript.MaxMultiKeys and var count) || _tapscript || _at < count + 1)
        {
            return null;
        }

        var keys = new MiniscriptKey[count];
        for (var i = 0; i < count; i++)
        {
            var data = _tokens[_at - 1 - i].Data;
            if (data.Length != 33 || !PublicKey.TryParse(data.Span, out _))
            {
                return null;
            }

            keys[count - 1 - i] = MiniscriptKey.Of(data);
        }

        var required = NumberAt((int)count + 1);
        _at -= (int)count + 2;
        return required is > 0 && required <= count
            ? new Miniscript(MiniscriptFragment.Multi, _tapscript, (uint)required, [.. keys])
            : null;
    }

    private Miniscript? MultiA()
    {
        if (!_tapscript || NumberAt(0) is not (> 0 and <= Miniscript.MaxMultiAKeys and var required))
        {
            return null;
        }

        _at--;
        var keys = new List<MiniscriptKey>();
        var more = true;
        while (more)
        {
            var op = Peek(0);
            if (op is not (Opcode.OP_CHECKSIGADD or Opcode.OP_CHECKSIG) || Peek(1) != (Opcode)32
                || keys.Count == Miniscript.MaxMultiAKeys || !Curve.IsXOnlyKey(_tokens[_at - 1].Data.Span))
            {
                return null;
            }

            keys.Add(MiniscriptKey.Of(_tokens[_at - 1].Data));
            _at -= 2;
            more = op == Opcode.OP_CHECKSIGADD;
        }

        keys.Reverse();
        return required <= keys.Count
            ? new Miniscript(MiniscriptFragment.MultiA, _tapscript, (uint)required, [.. keys])
            : null;
    }

    private Miniscript? Thresh()
    {
        if (NumberAt(0) is not (> 0 and <= int.MaxValue and var required))
        {
            return null;
        }

        _at--;
        var subs = new List<Miniscript>();
        while (Peek() == Opcode.OP_ADD)
        {
            _at--;
            if (Below() is not { } sub)
            {
                return null;
            }

            subs.Add(sub);
        }

        if (Single() is not { } first)
        {
            return null;
        }

        subs.Add(first);
        subs.Reverse();
        return required <= subs.Count
            ? new Miniscript(
                MiniscriptFragment.Thresh, _tapscript, (uint)required, default, default, [.. subs])
            : null;
    }

    private Miniscript? Pair(MiniscriptFragment fragment)
    {
        var second = Below();
        return second is null ? null : Node(fragment, Single(), second);
    }

    private Miniscript? Below()
    {
        var alt = Peek() == Opcode.OP_FROMALTSTACK;
        _at -= alt ? 1 : 0;
        var inner = Expression();
        var opens = alt ? Opcode.OP_TOALTSTACK : Opcode.OP_SWAP;
        if (inner is null || Peek() != opens)
        {
            return null;
        }

        _at--;
        return Node(alt ? MiniscriptFragment.WrapA : MiniscriptFragment.WrapS, inner);
    }

    private Miniscript? Branches()
    {
        var last = Expression();
        if (last is null)
        {
            return null;
        }

        switch (Peek())
        {
            case Opcode.OP_ELSE:
                _at--;
                return Else(last);
            case Opcode.OP_IF when Peek(1) == Opcode.OP_DUP:
                _at -= 2;
                return Node(MiniscriptFragment.WrapD, last);
            case Opcode.OP_IF when Peek(1) == Opcode.OP_0NOTEQUAL && Peek(2) == Opcode.OP_SIZE:
                _at -= 3;
                return Node(MiniscriptFragment.WrapJ, last);
            case Opcode.OP_NOTIF when Peek(1) == Opcode.OP_IFDUP:
                _at -= 2;
                return Node(MiniscriptFragment.OrD, Single(), last);
            case Opcode.OP_NOTIF:
                _at--;
                return Node(MiniscriptFragment.OrC, Single(), last);
            default:
                return null;
        }
    }

    private Miniscript? Else(Miniscript last)
    {
        var middle = Expression();
        var op = Peek();
        _at--;
        return op switch
        {
            Opcode.OP_IF => Node(MiniscriptFragment.OrI, middle, last),
            Opcode.OP_NOTIF => Node(MiniscriptFragment.AndOr, Single(), last, middle),
            _ => null,
        };
    }

    private Opcode Peek(int before = 0) =>
        _at - before >= 0 ? _tokens[_at - before].Op : Opcode.OP_INVALIDOPCODE;

    private long? NumberAt(int before)
    {
        if (_at - before < 0)
        {
            return null;
        }

        var (op, data) = _tokens[_at - before];
        if (op is >= Opcode.OP_1 and <= Opcode.OP_16)
        {
            return op - Opcode.OP_1 + 1;
        }

        return !data.IsEmpty && ScriptNumber.TryDecode(data.Span, true, 5, out var number) ? number : null;
    }

    private Miniscript Key(ReadOnlyMemory<byte> data) =>
        new(MiniscriptFragment.PkK, _tapscript, 0, [MiniscriptKey.Of(data)]);

    private Miniscript? Node(MiniscriptFragment fragment, params ReadOnlySpan<Miniscript?> subs)
    {
        var parts = new Miniscript[subs.Length];
        for (var i = 0; i < subs.Length; i++)
        {
            if (subs[i] is not { } sub)
            {
                return null;
            }

            parts[i] = sub;
        }

        return new Miniscript(fragment, _tapscript, 0, default, default, parts);
    }
}
