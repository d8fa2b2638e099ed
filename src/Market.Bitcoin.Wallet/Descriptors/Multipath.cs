using System.Text;

namespace Market.Bitcoin.Wallet;

/// <summary>Steps of a key's path that stand for several numbers, "&lt;0;1&gt;" (BIP389).</summary>
internal static class Multipath
{
    private const int MaxPaths = 64;

    /// <summary>Writes the text once for each number that its steps name, all of them the same time.</summary>
    /// <returns>False where a step is malformed, or steps name different counts of numbers.</returns>
    public static bool TryExpand(string text, out List<string> texts)
    {
        texts = [];
        var steps = new List<(Range At, string[] Numbers)>();
        var (inOrigin, hasStep) = (false, false);
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '[' or ']':
                    inOrigin = text[i] == '[';
                    break;
                case '(' or ')' or ',' or '{' or '}':
                    hasStep = false;
                    break;
                case '<':
                    var end = text.IndexOf('>', i);
                    if (inOrigin || hasStep || end < 0 || !TryRead(text, i, end, out var numbers))
                    {
                        return false;
                    }

                    hasStep = true;
                    steps.Add((i..(end + 1), numbers));
                    i = end;
                    break;
            }
        }

        var count = steps.Count == 0 ? 1 : steps[0].Numbers.Length;
        if (steps.Exists(step => step.Numbers.Length != count))
        {
            return false;
        }

        for (var path = 0; path < count; path++)
        {
            texts.Add(Write(text, steps, path));
        }

        return true;
    }

    // A step stands between slashes, or at the end of a key, and names two numbers or more, each once.
    private static bool TryRead(string text, int start, int end, out string[] numbers)
    {
        numbers = text[(start + 1)..end].Split(';');
        return start > 0 && text[start - 1] == '/' && (end + 1 == text.Length || text[end + 1] is '/' or ')' or ',' or '}')
            && numbers.Length is >= 2 and <= MaxPaths
            && Array.TrueForAll(numbers, number => KeyPath.TryParse(number, out var path) && path.Indexes.Length == 1)
            && numbers.Select(number => KeyPath.Parse(number).Indexes[0]).Distinct().Count() == numbers.Length;
    }

    private static string Write(string text, List<(Range At, string[] Numbers)> steps, int path)
    {
        var result = new StringBuilder(text.Length);
        var from = 0;
        foreach (var (at, numbers) in steps)
        {
            result.Append(text, from, at.Start.Value - from).Append(numbers[path]);
            from = at.End.Value;
        }

        return result.Append(text, from, text.Length - from).ToString();
    }
}
