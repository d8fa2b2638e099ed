namespace Market.Bitcoin;

/// <summary>The branches that are open: how many, and the outermost that is false.</summary>
internal struct Conditions
{
    private int _size;
    private int _firstFalse; // one more than its place; 0 where all are true

    public readonly bool IsEmpty => _size == 0;

    public readonly bool AllTrue => _firstFalse == 0;

    public void Push(bool value)
    {
        _size++;
        if (_firstFalse == 0 && !value)
        {
            _firstFalse = _size;
        }
    }

    public bool TryPop()
    {
        if (_size == 0)
        {
            return false;
        }

        if (_firstFalse == _size)
        {
            _firstFalse = 0;
        }

        _size--;
        return true;
    }

    public bool TryToggle()
    {
        if (_size == 0)
        {
            return false;
        }

        // Where an outer branch is false this one makes no difference.
        if (_firstFalse == 0)
        {
            _firstFalse = _size;
        }
        else if (_firstFalse == _size)
        {
            _firstFalse = 0;
        }

        return true;
    }
}
