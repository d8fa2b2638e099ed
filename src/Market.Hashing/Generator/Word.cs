namespace Market.Hashing.Generator;

/// <summary>A 32-bit word as the generator sees it: how much of it is known before the kernel runs.</summary>
internal abstract record Word
{
    public static readonly Word Zero = new Known(0);

    public static implicit operator Word(uint value) => new Known(value);
}

/// <summary>Known now, when the kernel is written: padding, lengths, constants and what follows from them.</summary>
internal sealed record Known(uint Value) : Word;

/// <summary>Known before the kernel's loop starts and the same in every lane; <c>Name</c> is a local of Prepare.</summary>
internal sealed record Uniform(string Name) : Word;

/// <summary>Different in each lane; <c>Text</c> is an operand of the kernel that may be repeated.</summary>
internal sealed record Lane(string Text) : Word;

/// <summary>A sum whose parts have not been added yet, so that what is known meets what is known.</summary>
internal sealed record Sum(uint Known, IReadOnlyList<Uniform> Uniforms, IReadOnlyList<string> Lanes);
